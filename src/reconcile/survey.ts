/**
 * What a pass finds out before it plans: it asks whom it must, one round trip each and all at once, and whom the plan
 * asks for. Who does not answer soon is busy for this pass, and what he says is for the next. When a cluster knows more
 * than the state, the state is rebuilt first.
 */
import type { Reach } from '../model/observation.js';
import { type ClusterFacts, type Facts, siteKey } from '../plan/facts.js';
import { currentSpec } from '../plan/situation.js';
import type { Context, Manner } from './context.js';
import { gather, type Known, type Scope, sitesInUse, sitesOf, sitesThatMayKnow } from './gather.js';
import { beginRecovery, endRecovery, isFirstUse, isRecalled, isRecovering, whyBehind } from './memory.js';
import type { Everything } from './named.js';
import { keepBreaker, type Observed, observeSite, seenAs } from './observe.js';
import { recall } from './recover.js';
import type { Site, Sites } from './sites.js';

export class Survey {
  #context: Context;
  readonly #everything: Everything;
  readonly #scope: Scope;
  readonly #manner: Manner;
  /** Sites that the plan of this pass hangs on, or has heard from; and when they may be asked again, where that is sooner. */
  readonly #concerned = new Map<string, number>();
  readonly #observed = new Map<string, Observed>();
  #known: Known;
  /** See {@link Lanes.written}. */
  #readAt: number | undefined;
  #sites: Sites;

  /** @param everything all that is wanted, whatever the pass is limited to */
  constructor(context: Context, everything: Everything, scope: Scope, manner: Manner) {
    this.#context = context;
    this.#everything = everything;
    this.#scope = scope;
    this.#manner = manner;
    this.#readAt = context.lanes.written;
    this.#known = gather(context, everything, scope);
    this.#sites = sitesOf(this.#known);
  }

  /** Asks every cluster that holds a live attempt; before the first submission ever, all that could know something. */
  async begin(): Promise<void> {
    if (isRecovering(this.#context)) this.#rehearse();
    await this.#noticeLoss();
    if (isRecovering(this.#context)) return this.#recover();
    if (isFirstUse(this.#context)) this.#sites = sitesThatMayKnow(this.#everything.wanted, this.#known);
    await this.#observe(isFirstUse(this.#context) ? this.#sites.all() : this.#holders(), () => false);
    if (!isRecovering(this.#context)) await this.#readBackOvertaken();
  }

  async ask(keys: readonly string[]): Promise<void> {
    const sites = keys.flatMap((key) => this.#sites.get(key) ?? []);
    if (sites.length === 0)
      throw new Error(`the plan asks for ${keys.join(', ')}, which no run has to do with`);
    await this.#observe(sites, () => true);
  }

  /** As they are now: an exchange that this pass does not wait for may have written meanwhile. */
  facts(): Facts {
    const { lanes } = this.#context;
    if (this.#readAt === undefined || this.#readAt !== lanes.written) {
      this.#readAt = lanes.written;
      this.#known = gather(this.#context, this.#everything, this.#scope);
      if (!isRecovering(this.#context)) this.#sites = this.#withMore(sitesOf(this.#known));
    }
    const sites = this.#sites.all().map((site): [string, ClusterFacts] => {
      return [site.key, { ...this.#seen(site), recalled: isRecalled(this.#context, site.key) }];
    });
    return { ...this.#known, sites: new Map(sites) };
  }

  /** Epoch milliseconds at which a site that plays a part is asked again by itself. @param awaits those of the plan */
  nextLookAt(awaits: readonly string[] = []): number {
    const { lanes, inventory } = this.#context;
    const keys = new Set([...this.#concerned.keys(), ...awaits]);
    const times = [...keys].flatMap((key) => {
      const site = this.#sites.get(key);
      const cluster = site && inventory.get(site.cluster);
      // Its end wakes us.
      if (!cluster || lanes.busy(key)) return [];
      return Math.min(lanes.dueAt(key, cluster), this.#concerned.get(key) ?? Infinity);
    });
    return Math.min(Infinity, ...times);
  }

  /** What is busy is so whatever it has said: nothing may be begun there. */
  #seen(site: Site): Observed {
    const { lanes } = this.#context;
    const busy = lanes.busy(site.key);
    if (!busy) return this.#observed.get(site.key) ?? seenAs(this.#context, site, this.#letBe(site));
    // That it is probed does not make it any better.
    const failed = lanes.breakerOf(site.key)?.reach;
    if (failed) return seenAs(this.#context, site, failed);
    return seenAs(this.#context, site, { kind: 'busy', why: busy.words, since: busy.since });
  }

  /** Nobody has asked it yet in this pass. */
  #letBe(site: Site): Reach {
    const { lanes, inventory, clock } = this.#context;
    const cluster = inventory.get(site.cluster);
    const isLately =
      cluster !== undefined && !this.#manner.asked && lanes.dueAt(site.key, cluster) > clock.now();
    return { kind: 'not-asked', ...(isLately ? { lately: true } : {}) };
  }

  #withMore(sites: Sites): Sites {
    for (const site of this.#sites.all()) sites.keep(site);
    return sites;
  }

  /** The plan stands. A pass that was limited to some manifests cannot know that the state is whole. */
  end(): void {
    if (!isRecovering(this.#context) || this.#scope !== undefined) return;
    const inUse = sitesInUse(this.#everything.wanted, this.#known).all();
    endRecovery(
      this.#context,
      this.facts().sites,
      inUse.map((site) => site.key),
    );
  }

  /** @param isNeeded there is something new to be done there */
  async #observe(sites: readonly Site[], isNeeded: (site: Site) => boolean): Promise<void> {
    const { lanes } = this.#context;
    const patience = this.#patience;
    const begun = sites.filter((site) => this.#begin(site, isNeeded(site)));
    // What hung before hangs on: it is waited for only where all are.
    const awaited = patience === Infinity ? sites : begun;
    await lanes.settled(
      awaited.map(({ key }) => key),
      patience,
    );
    for (const site of sites) {
      const heard = lanes.take(site.key);
      if (heard) this.#observed.set(site.key, heard);
    }
    if (isRecovering(this.#context)) await this.#recallObserved();
    else await this.#noticeLoss();
  }

  /** Until all have answered that may know of it, or cannot, the first run of all is sent nowhere. */
  get #patience(): number {
    return isFirstUse(this.#context) ? Infinity : this.#manner.patienceMs;
  }

  /** @returns whether it is being asked now; otherwise it is busy, or known, or let be */
  #begin(site: Site, isNeeded: boolean): boolean {
    const context = this.#context;
    const { lanes } = context;
    const { key } = site;
    if (!this.#concerned.has(key)) this.#concerned.set(key, Infinity);
    if (lanes.busy(key)) return false;
    const heard = lanes.take(key);
    if (heard) this.#observed.set(key, heard);
    if (heard || (!this.#manner.asked && this.#isLeftAlone(site, isNeeded))) return false;
    lanes.ask(
      key,
      context.keysOf(site),
      () => observeSite(context, site),
      (breaker) => keepBreaker(context, site, breaker),
    );
    return true;
  }

  /** As it does not answer, or was asked a short while ago. */
  #isLeftAlone(site: Site, isNeeded: boolean): boolean {
    const context = this.#context;
    const { lanes, inventory, clock } = context;
    const { key } = site;
    const breaker = lanes.breakerOf(key);
    if (breaker) {
      const isShut = lanes.isClosedTo(key, () => context.keysOf(site));
      if (isShut) this.#observed.set(key, seenAs(context, site, breaker.reach));
      return isShut;
    }
    const cluster = inventory.get(site.cluster);
    if (!cluster) return true;
    const from = isNeeded ? lanes.allowedAt(key, cluster) : lanes.dueAt(key, cluster);
    if (from <= clock.now()) return false;
    if (!isNeeded) return true;
    // In a moment: to its run it is as one that has not answered yet.
    this.#concerned.set(key, from);
    const busy = { kind: 'busy', why: 'it was asked a moment ago', since: clock.now() } as const;
    this.#observed.set(key, seenAs(context, site, busy));
    return true;
  }

  async #noticeLoss(): Promise<void> {
    if (isRecovering(this.#context)) return;
    const why = whyBehind(this.#context, this.#observed);
    if (why === undefined) return;
    this.#rehearse();
    beginRecovery(this.#context, why);
    await this.#recover();
  }

  /** Everybody is asked for all they know. */
  async #recover(): Promise<void> {
    this.#sites = sitesThatMayKnow(this.#everything.wanted, this.#known);
    await this.#observe(
      this.#sites.all().filter((site) => !this.#observed.has(site.key)),
      ({ key }) => !isRecalled(this.#context, key),
    );
  }

  async #recallObserved(): Promise<void> {
    const due = this.#sites.all().filter((site) => {
      return this.#observed.get(site.key)?.reach.kind === 'reached' && !isRecalled(this.#context, site.key);
    });
    if (await this.#recall(due)) this.#sites = sitesThatMayKnow(this.#everything.wanted, this.#known);
  }

  /** @returns whether any of it is in our memory now */
  async #recall(sites: readonly Site[]): Promise<boolean> {
    const context = this.#context;
    const { lanes } = context;
    const due = sites.filter(({ key }) => lanes.busy(key) === undefined);
    const recalled: boolean[] = [];
    for (const site of due) {
      lanes.remember(site.key, 'its memory is read back', async () => {
        recalled.push(await recall(context, site));
      });
    }
    await lanes.settled(
      due.map(({ key }) => key),
      this.#patience,
    );
    if (!recalled.includes(true)) return false;
    this.#readAt = lanes.written;
    this.#known = gather(this.#context, this.#everything, this.#scope);
    return true;
  }

  /** A plan writes nothing, but must see what a recovery would come to. */
  #rehearse(): void {
    if (this.#context.store.fence === undefined)
      this.#context = { ...this.#context, store: this.#context.rehearsal() };
  }

  /** Sites of attempts that may be live. */
  #holders(): readonly Site[] {
    const keys = new Set<string>();
    for (const { key, attempt } of this.#liveAttempts())
      if (attempt.settledAt === undefined && attempt.outcome !== 'unsent') keys.add(key);
    return [...keys].flatMap((key) => this.#sites.get(key) ?? []);
  }

  /**
   * Sites that list no claim for an attempt that we hold for live: it was never sent, or another state of the
   * installation has settled it, and then the ledger says how it ended.
   */
  async #readBackOvertaken(): Promise<void> {
    const keys = new Set<string>();
    for (const { key, attempt, isLast, phase } of this.#liveAttempts()) {
      if (!isLast || attempt.state === 'ended' || phase === 'Blocked') continue;
      const reach = this.#observed.get(key)?.reach;
      if (reach?.kind === 'reached' && !reach.observation.claims.has(attempt.token)) keys.add(key);
    }
    // What was read back behind the last pass is in our memory.
    for (const key of keys) if (this.#context.lanes.takeReadBack(key)) keys.delete(key);
    if (keys.size === 0) return;
    this.#rehearse();
    if (await this.#recall([...keys].flatMap((key) => this.#sites.get(key) ?? [])))
      this.#sites = sitesOf(this.#known);
    for (const key of keys) this.#context.lanes.noteReadBack(key);
  }

  #liveAttempts() {
    const { inventory, live, wanted } = this.#known;
    if (live.size === 0) return [];
    const byUuid = new Map(wanted.map((each) => [each.uuid, each]));
    return [...live].flatMap(([uuid, record]) => {
      const { login } = currentSpec(record, byUuid.get(uuid));
      return record.attempts.map((attempt, index) => ({
        key: siteKey(inventory, attempt.cluster, login),
        attempt,
        isLast: index === record.attempts.length - 1,
        phase: record.run.phase,
      }));
    });
  }
}
