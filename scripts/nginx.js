// Starts nginx with deploy/nginx.conf in front of two nodes.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether there is an nginx to start. */
export function hasNginx() {
  return spawnSync('nginx', ['-v']).status === 0;
}

/**
 * @param {{
 *   port: number,
 *   nodes: readonly [string, string],
 *   trusted?: string,
 *   tls?: { port: number, certificate: string },
 * }} where the port to listen on, the nodes' addresses such as `127.0.0.1:3000`, the address of a
 *   proxy in front, and a port for TLS with the folder of its certificate
 * @returns {() => void} stops nginx
 */
export function startNginx({ port, nodes: [alpha, beta], trusted, tls }) {
  const directory = mkdtempSync(join(tmpdir(), 'nginx-'));
  const settings = readFileSync(new URL('../deploy/nginx.conf', import.meta.url), 'utf8')
    .replace('alpha:3000', alpha)
    .replace('beta:3000', beta)
    .replace('listen 8080', `listen 127.0.0.1:${String(port)}`)
    .replace('default 0;', trusted ? `default 0;\n    ${trusted} 1;` : 'default 0;')
    .replace('http {', `http {\n  access_log off;\n${temporaryPaths(directory)}`);
  const file = join(directory, 'nginx.conf');
  writeFileSync(file, `daemon off;\npid ${directory}/pid;\nerror_log stderr;\n${settings}`);
  if (tls) writeTls(directory, tls);
  const nginx = spawn('nginx', ['-p', directory, '-c', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return () => {
    nginx.kill();
    nginx.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  };
}

/**
 * @param {string} directory
 * @param {{ port: number, certificate: string }} tls
 */
function writeTls(directory, { port, certificate }) {
  const settings = readFileSync(new URL('../deploy/nginx-tls.conf', import.meta.url), 'utf8')
    .replace('listen 8443', `listen 127.0.0.1:${String(port)}`)
    .replaceAll('/etc/nginx/certificate', certificate);
  mkdirSync(join(directory, 'tls'));
  writeFileSync(join(directory, 'tls', 'listen.conf'), settings);
}

/** @param {string} directory */
function temporaryPaths(directory) {
  return ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${directory}/${name};\n`)
    .join('');
}
