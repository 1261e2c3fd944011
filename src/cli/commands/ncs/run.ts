import { findHubs } from '../../../client/connect.js'
import { socketEnvironment } from '../../../client/transport/socket-path.js'
import type { HubOptions } from '../../help/options.js'
import { targetOf } from '../../hub/context.js'
import { Ending, type Io } from '../../io.js'
import { programEnvironment } from './program-environment.js'
import { runProgram } from './run-program.js'
import { noteIfReachable } from './silent-hub.js'

/** `tocsin ncs run`: ends with the exit code of the program. */
export async function runNcsProgram(io: Io, command: readonly string[], options: HubOptions): Promise<void> {
  const target = await targetOf(io, options)
  const [address] = findHubs(target.address, { ...socketEnvironment(), variables: io.env })
  const env = programEnvironment(address, target.token, io.env)
  await noteIfReachable(io, options)
  io.takeSignals()
  const { exit, message } = await runProgram(command, env)
  if (exit !== 0) throw new Ending(exit, message)
}
