import type { FaceConfig, FaceListener, OpenFace } from '../face.js'
import type { SysadmConfig } from './config.js'

/** The face while it is off. A reload that names a bridge opens it. */
export class DormantFace implements OpenFace {
  readonly #open: (bridges: SysadmConfig['bridges']) => Promise<OpenFace>
  #face: OpenFace | undefined

  constructor(open: (bridges: SysadmConfig['bridges']) => Promise<OpenFace>) {
    this.#open = open
  }

  get listeners(): readonly FaceListener[] {
    return this.#face?.listeners ?? []
  }

  samples() {
    return this.#face?.samples?.() ?? []
  }

  async reload(config: FaceConfig): Promise<void> {
    const { bridges } = config.sysadm as SysadmConfig
    if (this.#face !== undefined) await this.#face.reload?.(config)
    else if (bridges.length > 0) this.#face = await this.#open(bridges)
  }

  async drain(): Promise<void> {
    await this.#face?.drain?.()
  }

  async close(): Promise<void> {
    await this.#face?.close()
  }
}
