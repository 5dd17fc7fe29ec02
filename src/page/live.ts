/**
 * The pages' own script: when something happens, what changed on the page is taken from the server again. The page is
 * whole without it.
 */
export const LIVE = `'use strict';
(() => {
  const QUIET_MS = 400;
  const AGES_MS = 30000;
  const MOST_SHOWN = 262144;
  let timer;
  let isBusy = false;
  let isStale = false;
  /** As the server wrote them: what was opened since is no news. */
  const before = new Map();
  for (const region of document.querySelectorAll('[data-live]')) before.set(region, region.innerHTML);

  const note = (text) => {
    const place = document.getElementById('live');
    if (place !== null) place.textContent = text;
  };

  /** Only regions that differ are replaced; the one that has the focus keeps it. */
  const renew = async () => {
    if (isBusy) { isStale = true; return; }
    isBusy = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: 'text/html' }, cache: 'no-cache' });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
      for (const region of document.querySelectorAll('[data-live]')) {
        const next = fresh.getElementById(region.id);
        if (next === null || next.innerHTML === before.get(region)) continue;
        before.set(region, next.innerHTML);
        const focused = region.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
        for (const each of region.querySelectorAll('details[open][id]')) next.querySelector('#' + each.id)?.setAttribute('open', '');
        region.replaceChildren(...next.childNodes);
        if (focused !== null) region.querySelector('[href="' + CSS.escape(focused) + '"]')?.focus();
      }
      note('live');
    } catch {
      note('not live: the server does not answer');
    } finally {
      isBusy = false;
      if (isStale) { isStale = false; soon(); }
    }
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(renew, QUIET_MS);
  };

  if (document.querySelector('[data-live]') !== null) {
    let events;
    const listen = () => {
      events = new EventSource('/events');
      events.onopen = () => note('live');
      events.onmessage = soon;
      events.onerror = () => note('not live: trying again');
    };
    listen();
    // A browser has few connections to one server: a page that nobody looks at gives its own back.
    document.addEventListener('visibilitychange', () => {
      events.close();
      if (document.hidden) return;
      listen();
      soon();
    });
    setInterval(() => { if (!document.hidden) void renew(); }, AGES_MS);
  }

  /** A log is read when it is opened, and goes on as it grows. */
  const follow = async (details) => {
    const place = details.querySelector('pre');
    const leave = new AbortController();
    details.addEventListener('toggle', () => leave.abort(), { once: true });
    place.textContent = '';
    let shown = 0;
    try {
      const answer = await fetch(details.dataset.log + '&follow=true&tail=' + MOST_SHOWN, { signal: leave.signal });
      if (!answer.ok) { place.textContent = (await answer.json()).detail; return; }
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const isAtEnd = place.scrollTop + place.clientHeight >= place.scrollHeight - 4;
        place.append(value);
        // A page holds only so much: what is older goes.
        for (shown += value.length; shown > 2 * MOST_SHOWN && place.childNodes.length > 1; ) {
          shown -= place.firstChild.length;
          place.firstChild.remove();
        }
        if (isAtEnd) place.scrollTop = place.scrollHeight;
      }
      if (place.textContent === '') place.textContent = 'nothing was written';
    } catch {
      if (!leave.signal.aborted) place.append('\\n(the connection broke off)');
    }
  };
  for (const details of document.querySelectorAll('details[data-log]'))
    details.addEventListener('toggle', () => { if (details.open) void follow(details); });
})();
`;
