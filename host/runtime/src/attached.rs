//! Files that people hand to operations: kept before the operation is called, taken by it in its own transaction, shown to
//! those who may ask the module anything. The bytes are measured and their first ones looked at; nothing decodes them.

use crate::invoke::Actor;
use crate::runtime::Runtime;
use crate::scope::no_such_tenant;
use sha2::{Digest, Sha256};
use toolcrib_contract::Manifest;
use toolcrib_contract::file::{self, FileName, Media};
use toolcrib_contract::json::InputError;
use toolcrib_contract::limits::{FILE_BYTES, FILE_WAITS_HOURS, FILES_WAITING};
use toolcrib_contract::manifest::{HandlerDef, HandlerKind};
use toolcrib_contract::problem::{BAD_UPLOAD, BUSY, NOT_ALLOWED, NOT_FOUND, Problem, TOO_LARGE};
use toolcrib_contract::types::RawId;
use toolcrib_store::{AuditLine, NewFile, StoreError, Writer};

/// Microseconds of an hour.
const HOUR_US: i64 = 3_600_000_000;

impl Runtime {
    /// Keeps a file until an operation of the module takes it, at most [`FILE_WAITS_HOURS`]; its name.
    ///
    /// # Errors
    /// Not subscribed, a module that can only be read, `not-allowed` for whoever may call nothing that takes files, `too-large`, `bad-upload` for what is no
    /// picture and no paper, `busy` while [`FILES_WAITING`] wait, `storage-full`, the disk.
    pub async fn keep_file(
        &self,
        tenant: RawId,
        module: &str,
        actor: &Actor,
        bytes: Vec<u8>,
    ) -> Result<FileName, Problem> {
        let scope = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?.scope();
        let manifest = &scope.module(module)?.module.manifest;
        // What could not be taken need not be kept.
        scope.may_write(module, actor, self.now())?;
        let takes = |def: &HandlerDef| def.admits(&actor.role) && file::inputs(&def.input).next().is_some();
        if !manifest.handlers.iter().any(takes) {
            return Err(NOT_ALLOWED.because(format!("no operation of `{module}` takes a file from your role")));
        }
        if bytes.len() > FILE_BYTES as usize {
            return Err(TOO_LARGE.because(format!("a file has at most {FILE_BYTES} bytes, this one {}", bytes.len())));
        }
        let media = Media::of(&bytes).ok_or_else(|| BAD_UPLOAD.because("it is no JPEG, PNG, WebP or PDF"))?;
        let name = FileName { digest: Sha256::digest(&bytes).into(), media };
        let (at, module, actor) = (self.now(), module.to_owned(), actor.id.clone());
        let kept = self.with_writer(tenant, move |writer| {
            // What waits is bounded, and nothing sweeps where nothing comes.
            if writer.sweep_files(at.plus_us(-FILE_WAITS_HOURS * HOUR_US))? >= u64::from(FILES_WAITING) {
                return Ok(false);
            }
            let (digest, ending) = (&name.digest, name.media.ending());
            writer.put_file(&NewFile { module: &module, digest, ending, body: &bytes, at })?;
            let detail = format!("{{\"file\":\"{name}\",\"bytes\":{}}}", bytes.len());
            let line = AuditLine { at, actor: &actor, action: "file-sent", module: &module, detail_json: &detail };
            writer.audit(&line).map(|()| true)
        });
        if kept.await? {
            return Ok(name);
        }
        Err(BUSY.because(format!("{FILES_WAITING} files wait for operations that take them")))
    }

    /// The bytes of a file of a module.
    ///
    /// # Errors
    /// Not subscribed, `not-allowed` for whoever may ask the module nothing, `not-found`, the disk.
    pub async fn file(&self, tenant: RawId, module: &str, role: &str, name: FileName) -> Result<Vec<u8>, Problem> {
        let scope = self.inner.tenant(tenant).ok_or_else(no_such_tenant)?.scope();
        if !may_see(&scope.module(module)?.module.manifest, role) {
            return Err(NOT_ALLOWED.because(format!("your role may ask `{module}` nothing")));
        }
        let module = module.to_owned();
        let found = self.look(tenant, move |reader| reader.file(&module, &name.digest)).await?;
        // The ending is part of the name: what was sent as a picture is never answered as anything else.
        let found = found.filter(|bytes| Media::of(bytes) == Some(name.media));
        found.ok_or_else(|| NOT_FOUND.because("the module has no such file"))
    }
}

/// Whoever may ask something of a module may see what its answers name.
fn may_see(manifest: &Manifest, role: &str) -> bool {
    manifest.handlers.iter().any(|def| def.kind == HandlerKind::Query && def.admits(role))
}

/// Whether every file in an input is here, and no larger than its field takes. Names of files are all that is looked at.
///
/// # Errors
/// The store's; inside, what is wrong with the input.
pub(crate) fn judge(
    writer: &mut Writer,
    module: &str,
    def: &HandlerDef,
    input: &serde_json::Value,
) -> Result<Result<Vec<[u8; 32]>, Problem>, StoreError> {
    let (mut digests, mut errors) = (Vec::new(), Vec::new());
    for (field, max_bytes) in file::inputs(&def.input) {
        let Some(name) = input[field].as_str().and_then(|text| text.parse::<FileName>().ok()) else { continue };
        let message = match writer.file_bytes(module, &name.digest)? {
            Some(bytes) if bytes <= u64::from(max_bytes) => {
                digests.push(name.digest);
                continue;
            }
            Some(bytes) => format!("the file has {bytes} bytes, at most {max_bytes} are taken here"),
            None => "this file is not here; send it again".to_owned(),
        };
        errors.push(InputError { pointer: format!("/{field}"), message });
    }
    Ok(if errors.is_empty() { Ok(digests) } else { Err(Problem::input(errors)) })
}
