import { readFileSync } from 'node:fs'
import { hex } from '../../../event/bytes.js'

interface Vector {
  socket: string
  hex: string
}

/** Frames that a genuine bus received and sent. */
const recorded = JSON.parse(
  readFileSync(new URL('../../../vectors/salt-frames.json', import.meta.url), 'utf8'),
) as { frames: Vector[] }

export const frames: Uint8Array[] = recorded.frames.map((vector) => hex(vector.hex))
