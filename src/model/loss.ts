/** Results that are on a cluster and do not come home. */

/** Why something that is there did not come. */
export const LOSSES = ['unread', 'dangling', 'special', 'unnamable'] as const;
export type Loss = (typeof LOSSES)[number];
export const LOSS_WORDS: Readonly<Record<Loss, string>> = {
  unread: 'could not be read there',
  dangling: 'is a link to nothing there',
  special: 'is neither a file nor a directory there',
  unnamable: 'stays there, as its name is not UTF-8',
};
