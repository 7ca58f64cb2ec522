// Starts nginx with deploy/nginx.conf in front of nodes.
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
 *   nodes: readonly string[] | { nameServer: string, port: number },
 *   trusted?: string,
 *   tls?: { port: number, certificate: string },
 * }} where the port to listen on, the nodes' addresses such as `127.0.0.1:3000`, or the address of a name server that
 *   knows them and their port, the address of a proxy in front, and a port for TLS with the folder of its certificate
 * @returns {() => void} stops nginx
 */
export function startNginx({ port, nodes, trusted, tls }) {
  const directory = mkdtempSync(join(tmpdir(), 'nginx-'));
  const settings = replaceOnce(shipped('nginx.conf'), {
    'listen 8080': `listen 127.0.0.1:${String(port)}`,
    'default 0;': trusted ? `default 0;\n    ${trusted} 1;` : 'default 0;',
    'http {': `http {\n  access_log off;\n${temporaryPaths(directory)}`,
    ...('nameServer' in nodes ? foundByName(nodes) : listed(nodes)),
  });
  const file = join(directory, 'nginx.conf');
  writeFileSync(file, `daemon off;\npid ${directory}/pid;\nerror_log stderr crit;\n${settings}`);
  if (tls) writeTls(directory, tls);
  const nginx = spawn('nginx', ['-p', directory, '-c', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return () => {
    nginx.kill();
    nginx.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  };
}

/** @param {{ nameServer: string, port: number }} nodes */
function foundByName({ nameServer, port }) {
  return { 'resolver 127.0.0.11': `resolver ${nameServer}`, 'nodes:3000': `nodes:${String(port)}` };
}

/**
 * A group of that name takes the place of the look-up: on one machine only the ports differ, and no name server knows ports.
 *
 * @param {readonly string[]} nodes
 */
function listed(nodes) {
  const servers = nodes.map((node) => `server ${node};`).join(' ');
  return {
    'set $nodes nodes:3000;': 'set $nodes nodes;',
    resolver_timeout: `upstream nodes { ${servers} }\n  resolver_timeout`,
  };
}

/**
 * @param {string} directory
 * @param {{ port: number, certificate: string }} tls
 */
function writeTls(directory, { port, certificate }) {
  const settings = replaceOnce(
    shipped('nginx-tls.conf').replaceAll('/etc/nginx/certificate', certificate),
    { 'listen 8443': `listen 127.0.0.1:${String(port)}` },
  );
  mkdirSync(join(directory, 'tls'));
  writeFileSync(join(directory, 'tls', 'listen.conf'), settings);
}

/** @param {string} name */
function shipped(name) {
  return readFileSync(new URL(`../deploy/${name}`, import.meta.url), 'utf8');
}

/**
 * @param {string} text
 * @param {Record<string, string>} replacements of what must stand in it once
 */
function replaceOnce(text, replacements) {
  return Object.entries(replacements).reduce((before, [code, instead]) => {
    const parts = before.split(code);
    if (parts.length !== 2) throw new Error(`nginx's settings do not have once: ${code}`);
    return parts.join(instead);
  }, text);
}

/** @param {string} directory */
function temporaryPaths(directory) {
  return ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${directory}/${name};\n`)
    .join('');
}
