import { size } from '../../config/values/units.js'

const KiB = 2 ** 10
const MiB = 2 ** 20

/** The setting of the room for datagrams that have arrived. */
export const receiveBuffer = size({ min: 64 * KiB, max: 256 * MiB })
  .prefault('4MiB')
  .describe('Memory of the kernel for messages over UDP. The system may allow less (`net.core.rmem_max`).')
