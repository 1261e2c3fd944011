import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { httpFace } from '../../src/faces/http/index.js'
import { nativeFace } from '../../src/faces/native/index.js'
import { saltFace } from '../../src/faces/salt/index.js'
import { serve } from '../../src/hub/serve.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

it('opens its unix socket last, so that a command that reaches it finds every listener', async () => {
  const folder = temporaryFolder('order')
  const opened: string[] = []
  for (const face of [nativeFace, httpFace, saltFace]) {
    const open = face.open.bind(face) as (...given: unknown[]) => unknown
    vi.spyOn(face as { open: typeof open }, 'open').mockImplementation((...given) => {
      opened.push(face.name)
      return open(...given)
    })
  }
  const config = join(folder, 'tocsin.yaml')
  writeFileSync(
    config,
    `listen: { unix: [{ path: '${join(folder, 's.sock')}' }], http: { address: '127.0.0.1:0' } }\n`,
  )
  const hub = await serve({ config, memory: true, sources: false })
  try {
    expect(opened.at(-1)).toBe('native')
    expect(hub.listeners.map(({ face }) => face)).toEqual(['native', 'http'])
  } finally {
    await hub.stop()
    vi.restoreAllMocks()
  }
})
