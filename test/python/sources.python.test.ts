import { expect, it } from 'vitest'
import { packages, runPython } from './python.js'

it('every Python file is valid in Python 3.9, and compiles without a warning', async () => {
  const told = await runPython(
    `
import ast, json, pathlib, sys
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.py")):
    text = path.read_text(encoding="utf-8")
    ast.parse(text, str(path), feature_version=(3, 9))
    compile(text, str(path), "exec")
    # Annotations with newer types are fine as long as nothing evaluates them.
    assert " | " not in text or "from __future__ import annotations" in text, path
    assert len(text.splitlines()) < 400, path
    print(json.dumps(str(path)))
`,
    { args: [packages] },
  )
  expect(told.length).toBeGreaterThan(10)
})
