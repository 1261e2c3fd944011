import { TocsinError } from '../../event/errors.js'
import { filterOf } from '../filter-argument.js'
import { withHub } from '../hub.js'
import type { Io } from '../io.js'
import type { HubOptions, WhereOptions } from '../options.js'
import { viewOf } from '../view.js'
import { Top } from './top.js'

export async function runTop(
  io: Io,
  filters: readonly string[],
  options: HubOptions & WhereOptions,
): Promise<void> {
  if (!io.out.isTerminal || io.stdin.isTTY !== true) {
    throw new TocsinError(
      'TCN_USAGE',
      'top needs a terminal; for programs there is tocsin status --format json',
    )
  }
  const { where } = options
  const text = where === undefined ? filters.join(' ') : JSON.stringify(await filterOf(filters, where))
  await withHub({ ...io, note: () => {} }, options, async (client) => {
    const top = new Top(io, client, await viewOf(io, client, true))
    await top.run(text)
  })
}
