/* Generated from schemas/ by `npm run generate`; edit the schema instead. */

/**
 * Settings: sluice.yaml. Every key is optional.
 */
export interface SettingsFile {
  /**
   * This installation's id; never change it. `sluice init` writes a random one.
   */
  installation?: string;
  /**
   * Where manifests come from. Default: the directory jobs.d.
   *
   * @minItems 1
   */
  sources?: {
    /**
     * A directory, relative to this file.
     */
    directory?: string;
    /**
     * URL of a Git repository.
     */
    git?: string;
    /**
     * Branch, tag or commit. Default: the repository's default branch.
     */
    ref?: string;
    /**
     * Directory of the manifests in the repository. Default: jobs.d.
     */
    path?: string;
    /**
     * Time between two fetches. Default: 1m.
     */
    interval?: string;
    /**
     * What this source's manifests may do beyond the usual.
     */
    trust?: ('staging_modules' | 'username' | 'private_key' | 'passphrase' | 'outside_jobs')[];
  }[];
  /**
   * Directory of the state, or `none` where nothing here survives (CI without a cache). Default: .sluice.
   */
  state?: string;
  /**
   * Directory of the results. Default: outputs.
   */
  outputs?: string;
  /**
   * Directory of the external modules. Default: modules.
   */
  modules?: string;
  /**
   * How mail is sent.
   */
  smtp?: {
    /**
     * Mail server.
     */
    host: string;
    port?: number;
    /**
     * Sender's address.
     */
    from: string;
    username?: string;
    /**
     * Password, better named than written.
     */
    password?:
      | string
      | {
          /**
           * Name of the environment variable that holds it.
           */
          env?: string;
          /**
           * Path of a file whose first line is it.
           */
          file?: string;
        };
    /**
     * required (default): never in the clear. none: only for a server on this machine.
     */
    tls?: 'required' | 'none';
  };
  /**
   * The HTTP API and page.
   */
  http?: {
    /**
     * Address and port. Default: 127.0.0.1:7676.
     */
    listen?: string;
    /**
     * Host names under which it may be asked for, beside its own: those of a reverse proxy.
     */
    hosts?: string[];
    /**
     * What jobs that come over HTTP may do beyond the usual.
     */
    trust?: ('staging_modules' | 'username' | 'private_key' | 'passphrase' | 'outside_jobs')[];
    /**
     * Secret shared with the forges that call POST /hooks/git, better named than written. Without it no such call is taken.
     */
    webhook_secret?:
      | string
      | {
          /**
           * Name of the environment variable that holds it.
           */
          env?: string;
          /**
           * Path of a file whose first line is it.
           */
          file?: string;
        };
    /**
     * Who may ask; `sluice user add` writes them. Without any, this machine's users may read and nobody may write.
     */
    users?: {
      name: string;
      role: 'read' | 'write';
      /**
       * Salted hash of the password.
       */
      password_hash?: string;
      /**
       * Hash of the bearer token.
       */
      token_hash?: string;
    }[];
  };
  /**
   * Times of the daemon.
   */
  intervals?: {
    /**
     * Everything is looked at again at least this often. Default: 5m.
     */
    resync?: string;
    /**
     * Time between two observations of a cluster, where its entry says nothing. Default: 1m.
     */
    poll?: string;
  };
  /**
   * How long working directories stay on the clusters after results are home.
   */
  retention?: {
    /**
     * Default: 7d.
     */
    succeeded?: string;
    /**
     * Default: 30d.
     */
    otherwise?: string;
  };
}
