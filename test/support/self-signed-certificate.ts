import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopAfterwards } from './cleanup.js';

/** A folder with a certificate for localhost that nobody has signed. */
export function selfSignedCertificate(): string {
  const directory = mkdtempSync(join(tmpdir(), 'certificate-'));
  stopAfterwards(() => {
    rmSync(directory, { recursive: true });
  });
  const files = [
    '-keyout',
    join(directory, 'privkey.pem'),
    '-out',
    join(directory, 'fullchain.pem'),
  ];
  const key = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const { status } = spawnSync('openssl', ['req', ...key, '-subj', '/CN=localhost', ...files]);
  if (status !== 0) throw new Error('openssl made no certificate.');
  return directory;
}
