import { expect, test } from 'vitest'
import { clientAddress } from '../src/http/client-address.ts'

test.each([
  [0, '192.0.2.1', undefined, '192.0.2.1'],
  [0, '192.0.2.1', '198.51.100.9', '192.0.2.1'],
  [0, '::ffff:192.0.2.1', undefined, '192.0.2.1'],
  [1, '127.0.0.1', '198.51.100.9', '198.51.100.9'],
  [1, '127.0.0.1', '203.0.113.7, 198.51.100.9', '198.51.100.9'],
  [2, '127.0.0.1', '1.1.1.1, 203.0.113.7, 198.51.100.9', '203.0.113.7'],
  [2, '127.0.0.1', '198.51.100.9', '198.51.100.9'],
  [1, '127.0.0.1', undefined, '127.0.0.1'],
  [1, '127.0.0.1', '198.51.100.9:4711', '198.51.100.9'],
  [1, '127.0.0.1', '[2001:DB8::1]:4711', '2001:db8::1'],
  [1, '127.0.0.1', 'fe80::1%eth0', 'fe80::1'],
  [1, '127.0.0.1', '<script>', '127.0.0.1'],
  [1, '127.0.0.1', 'unknown', '127.0.0.1'],
  [0, undefined, undefined, undefined],
])(
  'client address: behind %d proxies, peer %s with X-Forwarded-For %s is %s',
  (proxies, remote, forwarded, address) => {
    expect(clientAddress(remote, forwarded, proxies)).toBe(address)
  },
)
