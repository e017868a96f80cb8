// A web app on openid-client: told the issuer, its client and how it authenticates; answers JSON where a real one
// would show pages. {issuer, port, client_id, auth: {method, client_secret | private_jwk}}
import { createServer } from 'node:http'
import * as openid from 'openid-client'

const told = JSON.parse(process.argv[2])
const ownUrl = `http://localhost:${told.port}/`
const config = await openid.discovery(new URL(told.issuer), told.client_id, undefined, await clientAuth(told.auth), {
  execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
})
let asked
let tokens

async function clientAuth({ method, client_secret, private_jwk }) {
  if (method === 'client_secret_basic') return openid.ClientSecretBasic(client_secret)
  if (method === 'client_secret_post') return openid.ClientSecretPost(client_secret)
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('jwk', private_jwk, algorithm, false, ['sign'])
  return openid.PrivateKeyJwt({ key, kid: private_jwk.kid })
}

const pages = {
  async login(_url, response) {
    asked = { verifier: openid.randomPKCECodeVerifier(), nonce: openid.randomNonce(), state: openid.randomState() }
    redirect(response, openid.buildAuthorizationUrl(config, {
      redirect_uri: `${ownUrl}callback`,
      scope: 'openid profile email offline_access',
      code_challenge: await openid.calculatePKCECodeChallenge(asked.verifier),
      code_challenge_method: 'S256',
      nonce: asked.nonce,
      state: asked.state,
      max_age: '3600',
    }))
  },
  async callback(url) {
    tokens = await openid.authorizationCodeGrant(config, url, {
      pkceCodeVerifier: asked.verifier,
      expectedNonce: asked.nonce,
      expectedState: asked.state,
      maxAge: 3600,
      idTokenExpected: true,
    })
    return { claims: tokens.claims(), token: tokens }
  },
  async userinfo() {
    return openid.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
  },
  async refresh() {
    tokens = await openid.refreshTokenGrant(config, tokens.refresh_token)
    return { claims: tokens.claims(), token: tokens }
  },
  async introspect(url) {
    return openid.tokenIntrospection(config, tokens[url.searchParams.get('token')])
  },
  async revoke() {
    await openid.tokenRevocation(config, tokens.refresh_token, { token_type_hint: 'refresh_token' })
    return {}
  },
  async logout(_url, response) {
    redirect(response, openid.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: `${ownUrl}bye`,
      state: 's1',
    }))
  },
  async bye(url) {
    return { state: url.searchParams.get('state') }
  },
}

function redirect(response, url) {
  response.writeHead(302, { location: url.href }).end()
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

createServer(async (request, response) => {
  const url = new URL(request.url, ownUrl)
  const page = pages[url.pathname.slice(1)]
  if (!page) return answer(response, 404, {})
  try {
    const body = await page(url, response)
    if (body) answer(response, 200, body)
  } catch (error) {
    answer(response, 500, { error: error.error ?? error.code ?? error.message, detail: String(error.cause ?? error) })
  }
}).listen(told.port, '127.0.0.1', () => console.log('listening'))
