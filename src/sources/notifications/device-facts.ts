import { counter, gauge, type MetricSample } from '../../types/metric.js'
import type { SourceContext, SourceDefinition } from '../source.js'

/** The row that `devices.list` adds to the state of a source. */
export interface DeviceRow {
  readonly connected: boolean
  readonly address: string
  readonly gaps: number
  readonly capabilities: readonly string[]
}

export const deviceMetrics = {
  tocsin_device_up: gauge('1', '1 while a session with a network device is open.', ['source']),
  tocsin_device_gaps_total: counter('gaps', 'Times at which notifications of a network device were lost.', [
    'source',
  ]),
} as const

/** The facts about a device, which outlive its sessions. */
export class DeviceFacts {
  isConnected = false
  readonly #address: string
  #gaps = 0
  #capabilities: readonly string[] = []

  /** `address`: as it is configured; empty for a device that calls home. */
  constructor(address = '') {
    this.#address = address
  }

  get row(): DeviceRow {
    return {
      connected: this.isConnected,
      address: this.#address,
      gaps: this.#gaps,
      capabilities: this.#capabilities,
    }
  }

  connected(capabilities: readonly string[]): void {
    this.isConnected = true
    this.#capabilities = capabilities
  }

  /** Counts what a source reports as lost. */
  counting(context: SourceContext): SourceContext {
    return {
      ...context,
      lost: (...gap) => {
        if (gap[0] !== 0) this.#gaps++
        context.lost(...gap)
      },
    }
  }

  /** The definition of the source of the device, which shows them. */
  shownBy(definition: SourceDefinition): SourceDefinition {
    const labels = { source: definition.name }
    return {
      ...definition,
      inspect: () => [this.row],
      samples: (): MetricSample[] => [
        { name: 'tocsin_device_up', value: this.isConnected ? 1 : 0, labels },
        { name: 'tocsin_device_gaps_total', value: this.#gaps, labels },
      ],
    }
  }
}
