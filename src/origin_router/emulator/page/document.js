// The page's copy of the server's document: it begins with a snapshot and then follows the
// server's own changes (changes.py), so both are always the same.

const SILENCE_MS = 6000; // the server speaks at least every 2 s: three times that is a lost connection

export function applyChange(document, [kind, path, value], limits) {
  const last = path[path.length - 1];
  if (path.includes("__proto__")) return; // a name like this would write into every object
  let place = document;
  for (const key of path.slice(0, -1)) place = own(place, key, {});
  if (kind === "put") place[last] = value;
  else if (kind === "remove") delete place[last];
  else if (kind === "append") {
    const entries = own(place, last, []);
    entries.push(value);
    const fresh = entries.findIndex(([at]) => at >= value[0] - limits.series_s);
    entries.splice(0, Math.max(fresh, entries.length - limits.series_points, 0));
  }
}

// What is at a key, or else `fallback`, put there. Inherited things such as `constructor` do not count.
function own(place, key, fallback) {
  if (!Object.hasOwn(place, key)) place[key] = fallback;
  return place[key];
}

// Follow the server. `changed(document, at, limits)` is called after every message with the server's
// time, `connected(isConnected)` when the connection is lost or regained. Returns a function that ends it.
export function follow(changed, connected) {
  let document = null;
  let limits = null;
  let source = null;
  let watchdog = 0;

  const heard = (event) => {
    const message = JSON.parse(event.data);
    if (event.type === "snapshot") ({ document, limits } = message);
    else for (const change of message.changes) applyChange(document, change, limits);
    connected(true);
    clearTimeout(watchdog);
    watchdog = setTimeout(open, SILENCE_MS);
    changed(document, message.at, limits);
  };

  function open() {
    clearTimeout(watchdog);
    if (source) {
      source.close();
      connected(false);
    }
    source = new EventSource("/api/events");
    source.addEventListener("snapshot", heard);
    source.addEventListener("changes", heard);
    source.onerror = () => {
      connected(false);
      if (source.readyState === EventSource.CLOSED) watchdog = setTimeout(open, SILENCE_MS);
    };
  }

  open();
  return () => {
    clearTimeout(watchdog);
    source.close();
  };
}

const PAGE = { "X-Origin-Router-Page": "1" };

// Ask the server to do something; resolves to null or to a sentence that says why not.
export async function act(path, method = "POST", content = undefined) {
  const body = content && JSON.stringify(content);
  const headers = content ? { ...PAGE, "Content-Type": "application/json" } : PAGE;
  try {
    const answer = await fetch(path, { method, headers, body });
    return answer.ok ? null : (await answer.json()).error;
  } catch {
    return "the local edge did not answer";
  }
}
