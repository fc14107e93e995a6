// What must hold of any page as it is printed: a list of sentences, empty when all is well. The medium is print already.
// Called as a function with the name of whose page it is; null where cards of their own size are printed.
(owner) => {
  'use strict';
  const wrong = [];
  const say = (what, element) => wrong.length < 30 && wrong.push(what + (element ? `: ${element.tagName.toLowerCase()}.${element.getAttribute('class') || ''} "${(element.textContent || '').trim().replace(/\s+/g, ' ').slice(0, 50)}"` : ''));
  const style = (element) => getComputedStyle(element);
  const shown = (selector) => [...document.querySelectorAll(selector)].filter((element) => {
    const { width, height } = element.getBoundingClientRect();
    return width > 1 && height > 1 && style(element).visibility !== 'hidden';
  });

  // Nothing that is only for the screen; a heading; whose it is and when it was printed.
  for (const element of shown('nav, form, button, .button, .buttons, .rail, .top, summary, th.acts, td.acts, input, select')) say('for the screen only', element);
  if (owner !== null) {
    if (shown('h1').length !== 1) say(`${shown('h1').length} headings of the page`);
    const head = shown('.printed').map((element) => element.innerText).join();
    if (!head.includes(owner) || !/\d{4}-\d{2}-\d{2} \d{2}:\d{2}/.test(head)) say(`not said whose and when: ${head}`);
    const title = shown('h1')[0], first = shown('#live *')[0];
    if (title && first && title.getBoundingClientRect().top > first.getBoundingClientRect().top) say('the heading is not at the top');
  }

  // Nothing beyond the sheet's edge, nothing cut.
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) say(`wider than the sheet by ${page.scrollWidth - page.clientWidth}`, shown('main *').find((element) => element.getBoundingClientRect().right > page.clientWidth + 1));
  for (const element of shown('main *')) {
    if (element.closest('svg')) continue;
    const css = style(element);
    if (/hidden|clip|auto|scroll/.test(css.overflowX) && css.clipPath === 'none' && element.scrollWidth > element.clientWidth + 1) say('cut at the edge', element);
  }

  // Dark ink on white: no area filled with anything dark, no pale and no tiny letters.
  const light = (color) => {
    const [r, g, b, a = 1] = (color.match(/[\d.]+/g) || []).map(Number);
    const line = (value) => (value = (value * a + 255 * (1 - a)) / 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    return 0.2126 * line(r) + 0.7152 * line(g) + 0.0722 * line(b);
  };
  for (const element of shown('body, body *')) {
    const { width, height } = element.getBoundingClientRect();
    if (!element.closest('svg') && width * height > 900 && light(style(element).backgroundColor) < 0.7) say(`filled with ${style(element).backgroundColor}`, element);
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.nodeValue.trim() || seen.has(element) || element.closest('svg, .hush, caption.hush, script, style')) continue;
    seen.add(element);
    const box = element.getBoundingClientRect(), css = style(element);
    if (box.width <= 1 || box.height <= 1 || css.visibility === 'hidden') continue;
    // 7 pt are the least that a form in a ring binder has.
    if (parseFloat(css.fontSize) < 9.3) say(`letters of ${css.fontSize}`, element);
    if (1.05 / (light(css.color) + 0.05) < 4.5) say(`pale letters ${css.color}`, element);
    const text = document.createRange();
    text.selectNodeContents(walker.currentNode);
    const lines = new Set([...text.getClientRects()].map((rect) => Math.round(rect.top))).size;
    if (box.width < 60 && lines > 4) say('a column of single letters', element);
  }
  // A heading of nothing: what stood below it was only for the screen.
  for (const title of shown('#live h2, #live h3')) {
    const whole = title.closest('.cell') || title.closest('section');
    if (whole && whole.innerText.trim() === title.innerText.trim() && !whole.querySelector('svg, img')) say('a heading of nothing', title);
  }
  // What marks a row, or ends a column of digits, stands off the letters beside it.
  for (const cell of shown('tr[class^=row-] td:first-child')) if (parseFloat(style(cell).paddingLeft) < 6) say('a stripe on letters', cell);
  for (const cell of shown('td.num + td:not(.num)')) if (parseFloat(style(cell).paddingLeft) < 8) say('digits run into words', cell);
  // A number that breaks in the middle reads as two.
  for (const cell of shown('td.num, td time, td.nowrap')) {
    const text = document.createRange();
    text.selectNodeContents(cell);
    const tops = new Set([...text.getClientRects()].filter((rect) => rect.width > 1).map((rect) => Math.round(rect.top / 6)));
    if (cell.matches('td.num, td.nowrap') && tops.size > 1 && !cell.querySelector('*')) say('a number in two lines', cell);
  }
  return wrong;
}
