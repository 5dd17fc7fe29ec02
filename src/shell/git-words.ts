/** Git's words, and ssh's, by what they mean: alternatives of a pattern that minds no case. */

/** Where the network fails. They are looked for first: what follows them is the same for all. */
export const UNREACHABLE = [
  'could not resolve|couldn.t resolve|name resolution|name or service not known|failed to connect|couldn.t connect',
  'unable to connect|timed out|connection refused|no route to host|network is unreachable|too slow|bytes/sec',
  'from proxy|ssl certificate|certificate verif|returned error: (407|408|429|5[0-9][0-9])',
].join('|');
export const REFUSED = [
  'not found|does not exist|not appear to be a git repository|permission denied|access denied|dubious ownership',
  'authentication failed|could not read (username|password)|terminal prompts disabled|host key verification failed',
  'not allowed|our ref|remote ref|unadvertised|returned error: 4|is this a git repository|redirect',
].join('|');
/** On the way, unless the words above say more. */
export const BROKEN_OFF = [
  'connection (reset|closed|was reset)|connection to .* closed|hung up unexpectedly|early eof|(recv|send) failure',
  'unexpected disconnect|ssl_|gnutls|rpc failed|kex_exchange_identification|broken pipe|empty reply|unexpected eof',
].join('|');
