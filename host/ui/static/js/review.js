// Working through a list with the keyboard, copying a line, and following what is being checked. All of it works without.
(() => {
  'use strict';
  const PACE_MS = 1000;

  // Keys count while the focus is in the list: nobody presses them by speaking.
  const rows = document.querySelector('[data-rows]');
  const links = () => [...rows.querySelectorAll('a[data-open]')];
  function move(by) {
    const all = links();
    const at = all.findIndex((link) => link.closest('tr').contains(document.activeElement));
    const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
    if (next) next.focus();
  }
  if (rows) {
    for (const hint of document.querySelectorAll('[data-keys]')) hint.hidden = false;
    rows.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select')) return;
      const row = document.activeElement.closest('tr');
      if (event.key === 'j') move(1);
      else if (event.key === 'k') move(-1);
      else if (event.key === 'c' && row && row.querySelector('form')) row.querySelector('form').requestSubmit();
      else return;
      event.preventDefault();
    });
  }

  // Copying: the clipboard needs a secure address; on a plain one the old way still works.
  for (const button of document.querySelectorAll('[data-copy]')) button.hidden = false;
  document.addEventListener('click', async ({ target }) => {
    const button = target.closest('[data-copy]');
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      getSelection().selectAllChildren(button.parentElement.querySelector('code'));
      document.execCommand('copy');
    } finally {
      button.textContent = button.dataset.done;
    }
  });

  // A submission in its checks: the page is loaded again when the reader is not in the middle of something.
  const again = document.querySelector('[data-again]');
  if (again) {
    setTimeout(() => location.reload(), Number(again.dataset.again) * PACE_MS);
  }
})();
