/** `sluice.yaml` after validation: paths absolute, times in seconds, defaults filled in. */
import type { SecretRef } from './job.js';

export type Trust = 'staging_modules' | 'username' | 'private_key' | 'passphrase' | 'outside_jobs';

export interface GitSourceSettings {
  readonly kind: 'git';
  readonly url: string;
  /** Branch, tag or commit; absent: the repository's default branch. */
  readonly ref?: string;
  /** Directory of the manifests, relative to the repository's top. */
  readonly path: string;
  readonly intervalSeconds: number;
  readonly trust: readonly Trust[];
}

export type SourceSettings = { readonly kind: 'directory'; readonly path: string } | GitSourceSettings;

export type StateSettings = { readonly kind: 'directory'; readonly path: string } | { readonly kind: 'none' };

export interface SmtpSettings {
  readonly host: string;
  readonly port?: number;
  readonly from: string;
  readonly username?: string;
  readonly password?: SecretRef;
  readonly tls: 'required' | 'none';
}

export interface HttpUser {
  readonly name: string;
  readonly role: 'read' | 'write';
  readonly passwordHash?: string;
  readonly tokenHash?: string;
}

export interface HttpSettings {
  readonly host: string;
  readonly port: number;
  readonly users: readonly HttpUser[];
  /** Further names under which it may be asked for. */
  readonly hosts: readonly string[];
  /** What jobs that come over HTTP may do beyond the usual. */
  readonly trust: readonly Trust[];
  /** Shared with the forges that tell of pushes; absent: none may. */
  readonly webhookSecret?: SecretRef;
}

export interface Settings {
  /** As `sluice.yaml` gives it; absent: see `.sluice/installation`. */
  readonly installation?: string;
  readonly sources: readonly SourceSettings[];
  readonly state: StateSettings;
  /** Directory of the results. */
  readonly outputs: string;
  /** Directory of the external modules. */
  readonly modules: string;
  readonly smtp?: SmtpSettings;
  readonly http: HttpSettings;
  readonly intervals: { readonly resyncSeconds: number; readonly pollSeconds: number };
  /** How long working directories stay on the clusters. */
  readonly retention: { readonly succeededSeconds: number; readonly otherwiseSeconds: number };
}
