// Asks @cloud-copilot/iam-policy about resource policies.
//
//     node ask_iam_policy.mjs PACKAGE_FOLDER < policies > answers
//
// Standard input is a JSON list of policies, standard output for each {"errors": [message]} or {"error": "…"}.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const { lintResourcePolicy } = await import(pathToFileURL(join(process.argv[2], 'dist/esm/index.js')))
const words = ({ path, message }) => `${path}: ${message}`
const answers = []
for (const policy of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    answers.push({ errors: lintResourcePolicy(policy).map(words) })
  } catch (error) {
    answers.push({ error: String(error) })
  }
}
process.stdout.write(JSON.stringify(answers))
