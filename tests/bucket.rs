//! A store that speaks S3, of this process alone: in a temporary directory, on a port that the system chose, gone when it is
//! dropped. The server is the library `s3s`, which nobody here wrote.
//!
//! Used by the tests of `registry/objects`, too.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use s3s::Body;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use std::path::PathBuf;
use tokio::runtime::Runtime;

/// Who may come in.
pub const ACCESS_KEY_ID: &str = "crib";
pub const SECRET: &str = "a secret of the store";

/// The store.
pub struct Store {
    folder: tempfile::TempDir,
    /// `http://127.0.0.1:…`
    pub endpoint: String,
    service: S3Service,
    /// Its own, so that tests with and without one can use it; none while nobody answers.
    runtime: Option<Runtime>,
}

impl Store {
    /// Starts one with these buckets.
    pub fn start(buckets: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for bucket in buckets {
            std::fs::create_dir(folder.path().join(bucket)).unwrap();
        }
        let mut service = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET));
        let mut store = Self { folder, endpoint: String::new(), service: service.build(), runtime: None };
        store.answer("127.0.0.1:0");
        store
    }

    fn answer(&mut self, address: &str) {
        let routes = Router::new().fallback(serve).with_state(self.service.clone());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = std::net::TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        self.endpoint = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move {
            axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), routes).await.unwrap();
        });
        self.runtime = Some(runtime);
    }

    /// Answers again where it did before it was stopped.
    pub fn go_on(&mut self) {
        let address = self.endpoint.strip_prefix("http://").unwrap().to_owned();
        self.answer(&address);
    }

    /// Where the store keeps an object: who writes there alters it behind everybody's back.
    pub fn file(&self, bucket: &str, name: &str) -> PathBuf {
        self.folder.path().join(bucket).join(name)
    }

    /// From now on nobody answers at its address.
    pub fn stop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn serve(State(service): State<S3Service>, request: Request) -> Response {
    match service.call(request.map(Body::http_body_unsync)).await {
        Ok(response) => response.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}")).into_response(),
    }
}
