// What the desk adds to plain pages: theme and density, keys, dialogs, toasts, and a guard against
// sending twice. Every page works without it. No inline script, no eval: a strict CSP holds.
'use strict';
{
  const root = document.documentElement;
  const byId = id => document.getElementById(id);
  const TOAST_MS = 9000;

  // -- theme and density, kept per user of this browser ------------------------------------
  const keep = (name, value) => {
    root.dataset[name] = value;
    try { localStorage.setItem(`${name}:${root.dataset.user ?? ''}`, value); } catch { /* private mode */ }
  };
  const toggles = {
    theme() {
      const dark = root.dataset.theme
        ? root.dataset.theme === 'dark'
        : matchMedia('(prefers-color-scheme: dark)').matches;
      keep('theme', dark ? 'light' : 'dark');
    },
    density() { keep('density', root.dataset.density === 'compact' ? 'comfortable' : 'compact'); },
  };

  // -- dialogs -----------------------------------------------------------------------------
  const keycap = text => Object.assign(document.createElement('kbd'), { textContent: text.toUpperCase() });
  const listPageKeys = dialog => {
    const section = dialog.querySelector('[data-page-keys]');
    if (!section) return;
    const rows = [...document.querySelectorAll('main [data-key]')].map(button => {
      const row = document.createElement('div'), key = document.createElement('dt'), says = document.createElement('dd');
      key.append(keycap(button.dataset.key));
      const spoken = button.cloneNode(true);
      spoken.querySelectorAll('kbd').forEach(cap => cap.remove());
      says.textContent = button.getAttribute('aria-label') || spoken.textContent.trim();
      row.append(key, says);
      return row;
    });
    section.querySelector('dl').replaceChildren(...rows);
    section.hidden = rows.length === 0;
  };
  const open = id => {
    const dialog = byId(id);
    if (!dialog || dialog.open) return Boolean(dialog);
    if (id === 'keys') listPageKeys(dialog);
    dialog.showModal();
    dialog.querySelector('[data-search]')?.select();
    return true;
  };

  // Ask in our own dialog; resolves to true when the reader goes ahead.
  const confirmed = (text, label, danger) => new Promise(resolve => {
    const dialog = byId('confirm');
    if (!dialog) { resolve(window.confirm(text)); return; }
    const yes = dialog.querySelector('[data-confirm-yes]');
    yes.dataset.plain ??= yes.textContent;
    dialog.querySelector('[data-confirm-text]').textContent = text;
    yes.textContent = label || yes.dataset.plain;
    yes.dataset.kind = danger ? 'danger' : 'primary';
    dialog.returnValue = 'no';
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
    dialog.showModal();
  });

  // -- toasts ------------------------------------------------------------------------------
  const stays = toast => ['error', 'warning', 'bad', 'warn'].includes(toast.dataset.tone);
  const leaveLater = toast => {
    if (stays(toast)) return;
    const wait = () => setTimeout(() => {
      if (toast.matches(':hover, :focus-within')) wait(); else toast.remove();
    }, TOAST_MS);
    wait();
  };
  const toast = ({ text, tone }) => {
    const tray = byId('toasts');
    if (!tray || !text) return;
    const made = tray.querySelector('template').content.firstElementChild.cloneNode(true);
    made.querySelector('p').textContent = text;
    if (tone) made.dataset.tone = tone;
    tray.append(made);
    leaveLater(made);
  };

  // -- clicks ------------------------------------------------------------------------------
  document.addEventListener('click', event => {
    const near = selector => event.target.closest?.(selector);
    const toggle = near('[data-toggle]');
    if (toggle) toggles[toggle.dataset.toggle]?.();
    const opener = near('[data-open]');
    if (opener && !event.ctrlKey && !event.metaKey && open(opener.dataset.open)) event.preventDefault();
    near('[data-close]')?.closest('dialog')?.close();
    near('[data-dismiss]')?.closest('.toast')?.remove();
    if (event.target.matches?.('dialog[open]') && event.target.id !== 'confirm') event.target.close();
    if (near('.rail a')) byId('rail')?.hidePopover?.();
    const all = near('[data-choose-all]');
    if (all) all.closest('table')?.querySelectorAll('tbody input[type=checkbox]').forEach(box => { box.checked = all.checked; });
  });

  // -- keys --------------------------------------------------------------------------------
  const rowTargets = () => [...document.querySelectorAll('[data-rows] > *')]
    .map(row => (row.matches('a, button') ? row : row.querySelector('a') ?? row.querySelector('button, input')))
    .filter(target => target && target.offsetParent !== null);
  const move = step => {
    const targets = rowTargets();
    const here = targets.findIndex(target => target === document.activeElement
      || target.closest('[data-rows] > *')?.contains(document.activeElement));
    const current = targets.findIndex(target => target.getAttribute('aria-current'));
    // From what is open beside the list one goes on to its neighbour; elsewhere to the first row.
    const from = here < 0 ? current : here;
    const next = from < 0 ? 0 : Math.min(targets.length - 1, Math.max(0, from + step));
    targets[next]?.focus();
    targets[next]?.scrollIntoView({ block: 'nearest' });
  };
  const choose = () => {
    const row = document.activeElement?.closest('[data-rows] > *');
    row?.querySelector('input[type=checkbox]')?.click();
  };
  const isTyping = target => target.matches?.('input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]');
  const usable = button => !button.disabled && button.getAttribute('aria-disabled') !== 'true' && button.offsetParent !== null;
  const movePalette = (event, palette) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const stops = [palette.querySelector('[data-search]'), ...palette.querySelectorAll('#palette-results a')];
    const at = stops.indexOf(document.activeElement) + (event.key === 'ArrowDown' ? 1 : -1);
    stops[Math.min(stops.length - 1, Math.max(0, at))]?.focus();
    event.preventDefault();
  };

  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
    const palette = event.target.closest?.('dialog#palette');
    if (palette) movePalette(event, palette);
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
    const key = event.key.toLowerCase();
    if (key.length !== 1) return;
    // The keys of lists are free for a page's own buttons where there is no list.
    const ofList = { j: () => move(1), k: () => move(-1), x: choose }[key];
    if (ofList && rowTargets().length) { ofList(); return; }
    const button = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(usable);
    if (button) { event.preventDefault(); button.focus({ preventScroll: true }); button.click(); return; }
    if (key === '/' && open('palette')) event.preventDefault();
    if (key === '?' && open('keys')) event.preventDefault();
  });

  // -- forms: ask first, then send once ----------------------------------------------------
  const sends = form => form.getAttribute('method')?.toLowerCase() === 'post'
    || form.matches('[hx-post], [hx-put], [hx-patch], [hx-delete]');
  const sent = new WeakSet();
  const release = form => {
    sent.delete(form);
    form.removeAttribute('aria-busy');
    form.querySelectorAll('[data-guarded]').forEach(button => {
      button.disabled = false;
      button.removeAttribute('data-guarded');
    });
  };
  const guard = form => {
    sent.add(form);
    form.setAttribute('aria-busy', 'true');
    // After this turn, so that the pressed button's name and value still go along.
    setTimeout(() => form.querySelectorAll('button:not([type=button]), input[type=submit]').forEach(button => {
      if (button.disabled) return;
      button.disabled = true;
      button.dataset.guarded = '';
    }));
  };
  document.addEventListener('submit', async event => {
    const form = event.target, button = event.submitter;
    if (event.defaultPrevented || !sends(form) || form.matches('[data-again]')) return;
    if (sent.has(form)) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    const text = button?.dataset.confirm ?? form.dataset.confirm;
    if (text && !form.dataset.agreed) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const asks = button?.dataset.confirm ? button.dataset : form.dataset;
      if (!await confirmed(text, asks.confirmLabel, asks.confirmKind === 'danger')) return;
      form.dataset.agreed = 'yes';
      form.requestSubmit(button);
      return;
    }
    delete form.dataset.agreed;
    guard(form);
  }, true);
  addEventListener('pageshow', event => { if (event.persisted) document.querySelectorAll('form[aria-busy]').forEach(release); });

  // -- htmx --------------------------------------------------------------------------------
  document.addEventListener('htmx:configRequest', ({ detail }) => {
    const token = document.querySelector('meta[name=csrf-token]')?.content;
    if (token && detail.verb !== 'get') detail.headers['X-CSRFToken'] = token;
  });
  document.addEventListener('htmx:confirm', event => {
    if (!event.detail.question) return;
    event.preventDefault();
    const from = event.detail.elt.dataset;
    confirmed(event.detail.question, from.confirmLabel, from.confirmKind === 'danger')
      .then(goAhead => { if (goAhead) event.detail.issueRequest(true); });
  });
  document.addEventListener('htmx:afterRequest', ({ detail }) => {
    const form = detail.elt.closest?.('form');
    if (form) release(form);
  });
  // Refusals come back with their text and status; show them where the answer would have stood.
  document.addEventListener('htmx:beforeSwap', ({ detail }) => {
    if ([409, 422].includes(detail.xhr.status)) { detail.shouldSwap = true; detail.isError = false; }
  });
  const unreachable = () => toast({ text: document.body.dataset.unreachable, tone: 'error' });
  document.addEventListener('htmx:sendError', unreachable);
  document.addEventListener('htmx:responseError', unreachable);
  document.addEventListener('toast', ({ detail }) => toast(detail));

  const start = () => {
    document.querySelectorAll('#toasts .toast').forEach(leaveLater);
    document.querySelector('.queue [aria-current]')?.scrollIntoView({ block: 'nearest' });
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start); else start();
}
