// Big screens: a clock that is the plant's, when the plant was heard of last, and the board that comes next.
(() => {
  'use strict';
  const RETRY_MS = 5000;

  // Pages that follow some work. A big screen first looks whether anybody answers: it never ends on a browser's error page.
  let follows = 0;
  const reload = async () => {
    const answer = document.body.dataset.kiosk && await fetch(location.href, { credentials: 'same-origin' }).catch(() => ({}));
    if (!answer || answer.ok) location.reload();
    else follows = setTimeout(reload, RETRY_MS);
  };
  const follow = () => {
    clearTimeout(follows);
    const again = document.querySelector('main [data-again]');
    if (again) follows = setTimeout(reload, again.dataset.again * 1000);
  };
  document.addEventListener('tc:page', follow);
  follow();

  const clock = document.querySelector('[data-clock]');
  if (!clock) return;
  // The screen's own clock and zone may be wrong: the server said the time, here it only goes on.
  const [hours, minutes, seconds] = clock.dataset.clock.split(':').map(Number);
  const began = performance.now();
  const text = () => {
    const now = Math.floor(hours * 3600 + minutes * 60 + seconds + (performance.now() - began) / 1000) % 86400;
    return [now / 3600, now / 60 % 60, now % 60].map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
  };
  setInterval(() => { clock.textContent = text(); }, 1000);
  const heard = document.querySelector('[data-heard]');
  if (heard) document.addEventListener('tc:heard', () => { heard.textContent = text(); });

  // The next board is shown only when the server answers: a screen never ends on a browser's error page.
  const turn = document.querySelector('a[data-seconds]');
  const go = async () => {
    try {
      const answer = await fetch(turn.href, { credentials: 'same-origin' });
      if (answer.ok) return location.replace(turn.href);
    } catch {
      // The line is down: this board stays, and its banner says so.
    }
    setTimeout(go, RETRY_MS);
  };
  if (turn) setTimeout(go, turn.dataset.seconds * 1000);
})();
