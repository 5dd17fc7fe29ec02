/** Sites: clusters as logins see them. */
import type { Inventory } from '../model/cluster.js';
import type { DocumentRef, JobSpec } from '../model/job.js';
import { siteKey } from '../plan/facts.js';

/** A cluster as one login sees it; see `siteKey`. */
export interface Site {
  readonly key: string;
  readonly cluster: string;
  /** Undefined: the inventory's, or that of ~/.ssh/config. */
  readonly username?: string;
  /** Manifests of this login that name a key or a passphrase: any of them will do. */
  readonly credentials: readonly DocumentRef[];
}

/** Manifests that are read for a key: enough that one bad one is passed over, few enough to cost nothing. */
const MOST_CREDENTIALS = 16;

export function siteOf(inventory: Inventory, cluster: string, login: JobSpec['login']): Site {
  const { username, credentials } = login;
  return {
    key: siteKey(inventory, cluster, login),
    cluster,
    ...(username === undefined ? {} : { username }),
    credentials: credentials === undefined ? [] : [credentials],
  };
}

/** The sites of a pass by their keys; what several manifests name for one of them is kept together. */
export class Sites {
  readonly #inventory: Inventory;
  readonly #sites = new Map<string, Site>();

  constructor(inventory: Inventory) {
    this.#inventory = inventory;
  }

  /** Clusters that the inventory does not have are left out. */
  add(clusters: Iterable<string>, login: JobSpec['login']): void {
    for (const cluster of clusters) {
      if (!this.#inventory.has(cluster)) continue;
      const site = siteOf(this.#inventory, cluster, login);
      const known = this.#sites.get(site.key);
      const credentials = [...(known?.credentials ?? []), ...site.credentials];
      this.#sites.set(site.key, { ...site, credentials: credentials.slice(0, MOST_CREDENTIALS) });
    }
  }

  /** One that is known from before. */
  keep(site: Site): void {
    if (!this.#sites.has(site.key)) this.#sites.set(site.key, site);
  }

  get(key: string): Site | undefined {
    return this.#sites.get(key);
  }

  all(): readonly Site[] {
    return [...this.#sites.values()];
  }
}
