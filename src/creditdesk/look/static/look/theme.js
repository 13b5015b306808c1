// Runs before the first paint, so that nobody sees the wrong theme flash by.
(() => {
  const root = document.documentElement;
  root.classList.add('js');
  for (const name of ['theme', 'density']) {
    try {
      const kept = localStorage.getItem(`${name}:${root.dataset.user ?? ''}`);
      if (kept) root.dataset[name] = kept;
    } catch { /* private mode keeps nothing */ }
  }
})();
