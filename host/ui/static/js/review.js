// Working through a list with the keyboard, and following what is being checked. Both work without it, too.
(() => {
  'use strict';
  const PACE_MS = 1000;

  // Keys count while the focus is in the list: nobody presses them by speaking.
  function move(rows, by) {
    const all = [...rows.querySelectorAll('a[data-open]')];
    const at = all.findIndex((link) => link.closest('tr').contains(document.activeElement));
    const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
    if (next) next.focus();
  }
  document.addEventListener('keydown', (event) => {
    const rows = event.target.closest('[data-rows]');
    if (!rows || event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select')) return;
    const form = event.target.closest('tr') && event.target.closest('tr').querySelector('form');
    if (event.key === 'j') move(rows, 1);
    else if (event.key === 'k') move(rows, -1);
    else if (event.key === 'c' && form) form.requestSubmit();
    else return;
    event.preventDefault();
  });

  // A submission in its checks: asked again and again until it says nothing more of that.
  let waited = 0;
  setInterval(async () => {
    const now = document.querySelector('[data-again]');
    waited = now && !document.hidden ? waited + 1 : 0;
    if (!now || waited < Number(now.dataset.again)) return;
    waited = 0;
    const answer = await fetch(location.href, { credentials: 'same-origin' }).catch(() => null);
    const fresh = answer && answer.ok && !answer.redirected && self.tc.parse(await answer.text()).querySelector('main');
    const main = document.querySelector('main');
    if (fresh && now.isConnected) self.tc.morph(main, fresh);
  }, PACE_MS);
})();
