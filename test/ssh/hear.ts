/** Speaking on one channel. */
import type { Channel, ChannelEnd, ChannelOptions } from '../../src/ports.js';

export interface Heard {
  readonly stdout: Buffer;
  readonly end: ChannelEnd;
}

export const SH: ChannelOptions = { shell: 'sh', deadlineMs: 60_000, lane: 'control' };
/** Sends a script and hears it to the end. */
export async function hear(channel: Channel, script: string): Promise<Heard> {
  channel.stdin.end(script);
  return listen(channel);
}

export async function listen(channel: Channel): Promise<Heard> {
  const chunks: Buffer[] = [];
  for await (const chunk of channel.stdout) chunks.push(chunk as Buffer);
  return { stdout: Buffer.concat(chunks), end: await channel.end };
}
