/** Addresses and networks (`203.0.113.7`, `2001:db8::/32`), and whether an address is in one of several. Pure. */
import { BlockList, isIP } from 'node:net';

const BITS = { 4: 32, 6: 128 } as const;

/** Whether a text is an address, or a network in CIDR notation. */
export function isNetwork(text: string): boolean {
  return parse(text) !== undefined;
}

/**
 * @param networks such as {@link isNetwork} lets pass
 * @returns tells of an address whether it is in one of them; what is no address is in none
 */
export function within(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const { address, bits, family } of networks.flatMap((one) => parse(one) ?? [])) {
    list.addSubnet(address, bits, family);
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}

function parse(text: string) {
  const [address = '', prefix, ...more] = text.split('/');
  const version = isIP(address);
  if ((version !== 4 && version !== 6) || more.length > 0) return undefined;
  const most = BITS[version];
  const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (bits < 0 || bits > most) return undefined;
  return { address, bits, family: version === 4 ? ('ipv4' as const) : ('ipv6' as const) };
}
