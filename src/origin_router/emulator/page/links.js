// What is known of the way from an edge to an origin, gathered from all over the document.

const NOTHING = {};

// Every origin that an edge has a link to or a pool with, in the order in which they became known.
export function originsOf(state) {
  const names = new Set(Object.keys(state.demo?.origins ?? NOTHING));
  const add = (some) => Object.keys(some ?? NOTHING).forEach((name) => names.add(name));
  for (const edge of Object.values(state.edges)) add(edge.links);
  for (const edge of Object.values(state.edges)) for (const pool of Object.values(edge.pools ?? NOTHING)) add(pool.origins);
  return [...names];
}

// link: as configured; newest: what a probe of any pool found last; answer: the newest real request;
// pools: those whose choice the origin is; environments: [how many chose it, of how many alive].
export function linkOf(state, edgeName, origin) {
  const edge = state.edges[edgeName] ?? NOTHING;
  const link = edge.links?.[origin];
  const pools = Object.entries(edge.pools ?? NOTHING);
  const known = pools.map(([, pool]) => pool.origins?.[origin]).filter(Boolean);
  const newest = known.reduce((best, each) => ((each.probe?.at ?? 0) > (best.probe?.at ?? 0) ? each : best), known[0] ?? NOTHING);
  const alive = Object.values(edge.environments ?? NOTHING).filter((each) => each.state !== "dead" && each.choice);
  return {
    link,
    newest,
    answer: edge.answers?.[hostOf(edge, origin)],
    pools: pools.filter(([, pool]) => pool.choice?.origin === origin).map(([name]) => name),
    environments: [alive.filter((each) => each.choice === origin).length, alive.length],
    faults: Object.values(state.faults ?? NOTHING).filter((fault) => isOn(fault, edgeName, origin)),
  };
}

export const isOn = (fault, edge, origin) => ["*", edge].includes(fault.edge) && ["*", origin].includes(fault.origin);

function hostOf(edge, origin) {
  const learned = Object.entries(edge.hosts ?? NOTHING).find(([, name]) => name === origin);
  return learned?.[0] ?? edge.links?.[origin]?.host.replace(/:\d+$/, "");
}
