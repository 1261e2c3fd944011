import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { bindSocket } from '../../../src/faces/shared/socket-file.js'

/** In /proc, which Linux has, and in which root cannot write either. */
it('a unix socket in a folder that this user cannot write to: TCN_LISTEN_DENIED', async () => {
  await expect((async () => bindSocket(createServer(), '/proc/tocsin.sock'))()).rejects.toMatchObject({
    code: 'TCN_LISTEN_DENIED',
    cause: { code: 'EACCES' },
  })
})
