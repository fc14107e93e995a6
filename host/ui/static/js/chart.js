// Charts are drawn by the server, with their numbers in a table below. This lets people walk along one: the pointer or the
// arrow keys choose a row, and its values are shown, and said, beside a line across the picture.
(() => {
  'use strict';
  if (!self.customElements || customElements.get('tc-chart')) return;
  let line = null, readout = null, shown = null;

  const box = (name) => {
    const made = document.createElement('div');
    made.className = name;
    made.hidden = true;
    return made;
  };

  // One line and one readout for all charts, outside of what the server draws.
  function overlay() {
    if (!line) [line, readout] = [box('crosshair'), box('readout')];
    if (!readout.hasAttribute('role')) readout.setAttribute('role', 'status');
    if (!line.isConnected) document.body.append(line, readout);
  }

  function hide() {
    shown = null;
    if (line) line.hidden = readout.hidden = true;
  }

  class Chart extends HTMLElement {
    connectedCallback() {
      this.tabIndex = 0;
      this.setAttribute('role', 'group');
      const picture = this.querySelector('svg[aria-label]');
      if (picture) this.setAttribute('aria-label', picture.getAttribute('aria-label'));
      this.addEventListener('pointermove', (event) => this.point(event));
      this.addEventListener('pointerleave', hide);
      this.addEventListener('blur', hide);
      this.addEventListener('keydown', (event) => this.walk(event));
    }

    disconnectedCallback() {
      if (shown && shown.chart === this) hide();
    }

    // The rows of the table that stand in the picture, in the order of the axis.
    rows() {
      const table = this.querySelector('table');
      if (!table || !table.tBodies.length) return [];
      const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
      const places = (this.dataset.x || '').split(',');
      const row = ({ cells }, at) => ({
        x: places[at] ? Number(places[at]) : NaN,
        texts: [...cells].map((cell, column) => [heads[column], cell.textContent.trim()]),
      });
      return [...table.tBodies[0].rows].map(row).filter(({ x }) => Number.isFinite(x)).sort((a, b) => a.x - b.x);
    }

    point({ clientX, clientY }) {
      const picture = this.querySelector('svg[viewBox]');
      if (!picture) return;
      const { left, right, top, bottom, width } = picture.getBoundingClientRect();
      if (clientX < left || clientX > right || clientY < top || clientY > bottom || !width) return hide();
      const rows = this.rows(), x = ((clientX - left) / width) * 1000;
      const near = rows.reduce((best, { x: place }, at) => (Math.abs(place - x) < Math.abs(rows[best].x - x) ? at : best), 0);
      this.show(rows, near);
    }

    walk(event) {
      if (event.target !== this) return;
      const rows = this.rows(), last = rows.length - 1;
      const at = shown && shown.chart === this ? shown.at : event.key === 'ArrowLeft' ? last + 1 : -1;
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last }[event.key];
      if (event.key === 'Escape') return hide();
      if (to === undefined || last < 0) return;
      event.preventDefault();
      this.show(rows, Math.max(0, Math.min(last, to)));
    }

    show(rows, at) {
      const picture = this.querySelector('svg[viewBox]');
      if (!rows[at] || !picture) return hide();
      overlay();
      const { left, top, width, height } = picture.getBoundingClientRect();
      const x = left + (rows[at].x / 1000) * width;
      shown = { chart: this, at };
      [line.style.left, line.style.top, line.style.height] = [`${x}px`, `${top}px`, `${height}px`];
      const [[, name], ...values] = rows[at].texts;
      const title = document.createElement('strong');
      title.textContent = name;
      readout.replaceChildren(title, ...values.map(([head, text]) => {
        const value = document.createElement('span');
        value.textContent = `${head} ${text}`;
        return value;
      }));
      line.hidden = readout.hidden = false;
      const room = readout.offsetWidth + 12;
      readout.style.left = `${Math.max(4, x + room > innerWidth ? x - room : x + 12)}px`;
      readout.style.top = `${Math.max(4, top)}px`;
    }
  }

  customElements.define('tc-chart', Chart);
  addEventListener('scroll', hide, { passive: true });
  // The numbers may have changed below the line.
  document.addEventListener('tc:patch', () => shown && shown.chart.show(shown.chart.rows(), shown.at));
  document.addEventListener('tc:page', hide);
})();
