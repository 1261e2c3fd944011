import { describeExample } from './example-tree.js'

describeExample('docs/guide/sources.md', 5)
