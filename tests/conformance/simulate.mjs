// Answers requests with the core engine of @cloud-copilot/iam-simulate, as JSON Lines.
//
//     node simulate.mjs PACKAGE_FOLDER < questions > answers
//
// A question is {"policy": {…}}, which the requests after it are about, or a request:
// {"principal", "action", "resource", "account", "context", "identity": bool}. Each request is answered on a line of its
// own by "Allowed", "ExplicitlyDenied", "ImplicitlyDenied", or {"error": "…"}.
//
// The package's public entry drops `kms:EncryptionContext:<key>` from requests, so its core engine is imported by path.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const folder = process.argv[2]
const from = (path) => import(pathToFileURL(join(folder, 'dist/esm', path)))
const { authorize } = await from('core_engine/CoreSimulatorEngine.js')
const { AwsRequestImpl } = await from('request/request.js')
const { RequestContextImpl } = await from('requestContext.js')
const { DiscoveryContextKeyConstraints } = await from('context_keys/discoveryContextKeyConstraints.js')
const require = createRequire(join(folder, 'dist/esm/index.js'))
const { loadPolicy } = await import(pathToFileURL(require.resolve('@cloud-copilot/iam-policy')))

const everything = (effect, action, more = {}) =>
  loadPolicy({ Version: '2012-10-17', Statement: [{ Effect: effect, Action: action, Resource: '*', ...more }] }, { name: action })
const identity = everything('Allow', 'kms:*')
const simulationParameters = {
  simulationMode: 'Strict',
  discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([]),
}
// Of organizations: nothing is held back.
const controls = (more) => [{ orgIdentifier: 'o-root', policies: [everything('Allow', '*', more)] }]
const serviceControlPolicies = controls({})
const resourceControlPolicies = controls({ Principal: '*' })

let resourcePolicy
const answers = []
for (const line of readFileSync(0, 'utf8').split('\n')) {
  if (!line) continue
  const question = JSON.parse(line)
  if (question.policy) {
    resourcePolicy = loadPolicy(question.policy, { name: 'KeyPolicy' })
    continue
  }
  try {
    const resource = { resource: question.resource, accountId: question.account }
    const context = new RequestContextImpl(question.context)
    const { result } = authorize({
      request: new AwsRequestImpl(question.principal, resource, question.action, context),
      sessionPolicy: undefined,
      identityPolicies: question.identity ? [identity] : [],
      serviceControlPolicies,
      resourceControlPolicies,
      resourcePolicy,
      permissionBoundaries: undefined,
      vpcEndpointPolicies: undefined,
      simulationParameters,
    })
    answers.push(JSON.stringify(result))
  } catch (error) {
    answers.push(JSON.stringify({ error: String(error) }))
  }
}
process.stdout.write(answers.map((answer) => answer + '\n').join(''))
