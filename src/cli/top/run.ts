import { TocsinError } from '../../event/errors.js'
import { withHub } from '../hub.js'
import type { Io } from '../io.js'
import type { HubOptions } from '../options.js'
import { viewOf } from '../view.js'
import { Top } from './top.js'

export async function runTop(io: Io, filters: readonly string[], options: HubOptions): Promise<void> {
  if (!io.out.isTerminal || io.stdin.isTTY !== true) {
    throw new TocsinError(
      'TCN_USAGE',
      'top needs a terminal; for programs there is tocsin status --format json',
    )
  }
  await withHub({ ...io, note: () => {} }, options, async (client) => {
    const top = new Top(io, client, await viewOf(io, client, true))
    await top.run(filters.join(' '))
  })
}
