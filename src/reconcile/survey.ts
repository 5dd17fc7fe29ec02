/**
 * What a pass finds out before it plans: it asks whom it must, one round trip each and all at once, and whom the plan
 * asks for. When a cluster knows more than the state, the state is rebuilt first.
 */
import { type ClusterFacts, type Facts, siteKey } from '../plan/facts.js';
import { currentSpec } from '../plan/situation.js';
import type { Context } from './context.js';
import { gather, type Known, type Scope, sitesInUse, sitesOf, sitesThatMayKnow } from './gather.js';
import { beginRecovery, endRecovery, isFirstUse, isRecalled, isRecovering, whyBehind } from './memory.js';
import type { Everything } from './named.js';
import { notAsked, type Observed, observeSite } from './observe.js';
import { recall } from './recover.js';
import type { Site, Sites } from './sites.js';

export class Survey {
  #context: Context;
  readonly #everything: Everything;
  readonly #scope: Scope;
  readonly #observed = new Map<string, Observed>();
  #known: Known;
  #sites: Sites;

  /** @param everything all that is wanted, whatever the pass is limited to */
  constructor(context: Context, everything: Everything, scope: Scope) {
    this.#context = context;
    this.#everything = everything;
    this.#scope = scope;
    this.#known = gather(context, everything, scope);
    this.#sites = sitesOf(this.#known);
  }

  /** Asks every cluster that holds a live attempt; before the first submission ever, all that could know something. */
  async begin(): Promise<void> {
    if (isRecovering(this.#context)) this.#rehearse();
    await this.#noticeLoss();
    if (isRecovering(this.#context)) return this.#recover();
    if (isFirstUse(this.#context)) this.#sites = sitesThatMayKnow(this.#everything.wanted, this.#known);
    await this.#observe(isFirstUse(this.#context) ? this.#sites.all() : this.#holders());
    if (!isRecovering(this.#context)) await this.#readBackOvertaken();
  }

  async ask(keys: readonly string[]): Promise<void> {
    const sites = keys.flatMap((key) => this.#sites.get(key) ?? []);
    if (sites.length === 0)
      throw new Error(`the plan asks for ${keys.join(', ')}, which no run has to do with`);
    await this.#observe(sites);
  }

  facts(): Facts {
    const sites = this.#sites.all().map((site): [string, ClusterFacts] => {
      const observed = this.#observed.get(site.key) ?? notAsked(this.#context, site);
      return [site.key, { ...observed, recalled: isRecalled(this.#context, site.key) }];
    });
    return { ...this.#known, sites: new Map(sites) };
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

  async #observe(sites: readonly Site[]): Promise<void> {
    const answers = await Promise.all(sites.map((site) => observeSite(this.#context, site)));
    sites.forEach((site, index) => {
      const answer = answers[index];
      if (answer) this.#observed.set(site.key, answer);
    });
    if (isRecovering(this.#context)) await this.#recallObserved();
    else await this.#noticeLoss();
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
    await this.#observe(this.#sites.all().filter((site) => !this.#observed.has(site.key)));
  }

  async #recallObserved(): Promise<void> {
    const due = this.#sites.all().filter((site) => {
      return this.#observed.get(site.key)?.reach.kind === 'reached' && !isRecalled(this.#context, site.key);
    });
    const recalled = await Promise.all(due.map((site) => recall(this.#context, site)));
    if (recalled.includes(true)) this.#gatherAgain();
  }

  #gatherAgain(): void {
    this.#known = gather(this.#context, this.#everything, this.#scope);
    this.#sites = sitesThatMayKnow(this.#everything.wanted, this.#known);
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
    if (keys.size === 0) return;
    this.#rehearse();
    const sites = [...keys].flatMap((key) => this.#sites.get(key) ?? []);
    await Promise.all(sites.map((site) => recall(this.#context, site)));
    this.#known = gather(this.#context, this.#everything, this.#scope);
    this.#sites = sitesOf(this.#known);
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
