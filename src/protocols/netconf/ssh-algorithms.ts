/**
 * The hub offers them as client and as server. In an exchange of groups the peer chooses a prime, and a test of it
 * takes up to half a minute of a processor; the groups 15, 17 and 18 cost more than they protect. A few compressed
 * bytes could become any number.
 */
export const SSH_ALGORITHMS = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group16-sha512',
  ],
  compress: ['none'],
} as const
