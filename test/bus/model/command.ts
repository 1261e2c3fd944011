import fc, { type AsyncCommand } from 'fast-check'

/** The object that commands work on; it collects what went wrong. */
interface Judged {
  readonly failures: readonly string[]
}

/** One step of a model test; fails if anything has gone wrong so far. */
export class Command<World extends Judged> implements AsyncCommand<object, World> {
  readonly #name: string
  readonly #run: (world: World) => unknown

  constructor(name: string, run: (world: World) => unknown) {
    this.#name = name
    this.#run = run
  }

  check(): boolean {
    return true
  }

  async run(_model: object, world: World): Promise<void> {
    await this.#run(world)
    if (world.failures.length > 0) throw new Error(world.failures.join('\n'))
  }

  toString(): string {
    return this.#name
  }
}

export function command<World extends Judged, Fields extends object>(
  name: string,
  fields: { [Key in keyof Fields]: fc.Arbitrary<Fields[Key]> },
  run: (world: World, fields: Fields) => unknown,
): fc.Arbitrary<Command<World>> {
  return fc
    .record(fields)
    .map(
      (chosen) => new Command(`${name} ${JSON.stringify(chosen)}`, (world) => run(world, chosen as Fields)),
    )
}
