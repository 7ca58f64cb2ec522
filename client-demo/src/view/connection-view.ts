import { TEXT } from '../text.js';
import { find } from './dom.js';

const OTHER_PORT: Readonly<Record<string, string>> = { 3000: '3001', 3001: '3000' };

/** Says in words how the connection is. */
export function showStatus(status: keyof typeof TEXT.status, node = ''): void {
  const line = find('status', HTMLParagraphElement);
  line.dataset['kind'] = status;
  line.textContent = TEXT.status[status](node);
}

/** Offers the demo's other node. Cookies go to every port of a host, so one login is good for both. */
export function offerOtherNode(): void {
  const { hostname, port } = location;
  const other = OTHER_PORT[port];
  if (other === undefined || !['localhost', '127.0.0.1'].includes(hostname)) return;
  const link = find('other-node-link', HTMLAnchorElement);
  link.href = `http://${hostname}:${other}/`;
  link.textContent = TEXT.otherNode(other);
  find('other-node', HTMLParagraphElement).hidden = false;
}
