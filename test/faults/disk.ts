/** A small file system in one place, that can be filled and emptied: here, or as a site's login host alone sees it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lab, type Site } from '../lab/lab.js';

export interface SmallDisk {
  fill(): void;
  empty(): void;
  /** Takes it away; what was on it lies in its place then. */
  leave(): void;
}

/** @param options of tmpfs: `size=256k`, `nr_inodes=9` */
export function diskHere(place: string, options: string): SmallDisk {
  mkdirSync(place, { recursive: true });
  return smallDisk({ place, seen: place, options, run: (command) => execFileSync('sh', ['-c', command]) });
}

/** @param place relative to the user's home there; compute nodes do not see it */
export async function diskThere(site: Site, place: string, options: string): Promise<SmallDisk> {
  const { lab: folder, clusters } = await lab();
  const { home, remoteHome } = clusters[site];
  const { uid, gid } = statSync(home);
  const pid = /^\d+/.exec(readFileSync(join(folder, site, 'pid', 'sshd1'), 'utf8'))?.[0] ?? '';
  const run = (command: string): void =>
    void execFileSync('nsenter', ['--mount', '--target', pid, '--', 'sh', '-c', command]);
  run(`mkdir -p ${remoteHome}/${place} && chown -R ${uid}:${gid} ${remoteHome}/${place.split('/')[0] ?? ''}`);
  return smallDisk({
    ...{ place: `${remoteHome}/${place}`, seen: join('/proc', pid, 'root', remoteHome, place), run },
    ...{ beneath: join(home, place), options: `${options},uid=${uid},gid=${gid},mode=700` },
  });
}

interface Mounted {
  /** As the commands of `run` call it. */
  readonly place: string;
  /** As this process sees what is on it. */
  readonly seen: string;
  /** As this process sees what it covers, where that can be seen. */
  readonly beneath?: string;
  readonly options: string;
  readonly run: (command: string) => void;
}

function smallDisk({ place, seen, beneath, options, run }: Mounted): SmallDisk {
  run(`mount -t tmpfs -o ${options} sluice-small ${place}`);
  const ballast = join(seen, 'ballast');
  return {
    // Both the room and the names are used up.
    fill: () =>
      run(
        `mkdir ${place}/ballast && cd ${place}/ballast && { i=0; while : >$i; do i=$((i+1)); [ $i -lt 500 ] || break; done; cat /dev/zero >0 || :; } 2>/dev/null`,
      ),
    empty: () => rmSync(ballast, { recursive: true }),
    leave: () => {
      if (beneath !== undefined) execFileSync('cp', ['-a', `${seen}/.`, beneath]);
      run(`umount -l ${place}`);
    },
  };
}
