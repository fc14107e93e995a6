// The page's watch is the test's: `wind` sets it, `pass` lets it go on second by second and runs what is due meanwhile.
(() => {
  const now = Date.now.bind(Date), later = setTimeout.bind(self);
  const timers = new Map();
  let ahead = 0;
  Date.now = () => now() + ahead;
  const kept = (start, repeats) => (work, ms = 0, ...rest) => {
    const run = () => { if (!repeats) timers.delete(id); work(...rest); };
    const id = start(() => { if (timers.has(id)) run(); }, ms);
    timers.set(id, { run, every: repeats ? ms : 0, at: Date.now() + ms });
    return id;
  };
  const dropped = (stop) => (id) => { timers.delete(id); stop(id); };
  self.setTimeout = kept(later, false);
  self.setInterval = kept(setInterval.bind(self), true);
  self.clearTimeout = dropped(clearTimeout.bind(self));
  self.clearInterval = dropped(clearInterval.bind(self));
  self.wind = (seconds) => { ahead += seconds * 1000; };
  self.pass = async (seconds) => {
    for (let second = 0; second < seconds; second += 1) {
      ahead += 1000;
      for (const timer of [...timers.values()]) {
        if (timer.at > Date.now()) continue;
        timer.at = Date.now() + timer.every;
        timer.run();
      }
      await new Promise((done) => later(done, 0));
    }
  };
})();
