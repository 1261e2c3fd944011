import { AsyncResource } from 'node:async_hooks'
import type { Socket } from 'node:net'
import type { SshCredentials } from '../netconf/client/ssh.js'
import type { NetconfTransport } from '../netconf/client/transport.js'

/** A device that a source expects to call home (RFC 8071). */
export interface ExpectedDevice {
  readonly name: string
  /** Fingerprints of its host keys, or of its certificate. */
  readonly fingerprints: readonly string[]
  /** Reads what it is logged in to with; for SSH. */
  credentials(): Promise<SshCredentials>
  /** It is connected over this socket, and has accepted the login. */
  readonly arrived: (transport: NetconfTransport, socket: Socket) => void
  /** It has called, but no session can begin. */
  readonly failed: (error: Error) => void
}

/** The devices of a hub that call home, by their keys: sources expect them, and a listener lets them in. */
export class CallHome {
  readonly #expected = new Map<string, ExpectedDevice>()

  /** Expects a device until the returned function is called. The work that a call leads to is that of the caller. */
  expect(given: ExpectedDevice): () => void {
    const device: ExpectedDevice = {
      ...given,
      arrived: AsyncResource.bind(given.arrived),
      failed: AsyncResource.bind(given.failed),
    }
    for (const fingerprint of device.fingerprints) this.#expected.set(fingerprint, device)
    return () => {
      for (const fingerprint of device.fingerprints)
        if (this.#expected.get(fingerprint) === device) this.#expected.delete(fingerprint)
    }
  }

  find(fingerprint: string): ExpectedDevice | undefined {
    return this.#expected.get(fingerprint)
  }
}
