/**
 * Turns the arguments of a selection into those of vitest: a folder of `src` stands for its tests, and `--since REF`
 * for all tests that a change since then can reach by imports.
 */
export function selection(args) {
  return args.flatMap((argument, index) => {
    if (argument === '--since') return []
    if (args[index - 1] === '--since') return ['--changed', argument]
    if (argument.startsWith('--since=')) return ['--changed', argument.slice('--since='.length)]
    return [argument.replace(/^src(?=\/|$)/, 'test')]
  })
}
