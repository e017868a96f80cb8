// A web app on openid-client that registers itself, and asks as it is registered: hybrid, encrypted, by signed request
// objects. Told {issuer, port, registration_token, metadata, response_mode}; answers JSON where a real one shows pages.
import { createServer } from 'node:http'
import { createRemoteJWKSet, exportJWK, jwtVerify } from 'jose'
import * as openid from 'openid-client'

const told = JSON.parse(process.argv[2])
const { metadata } = told
const ownUrl = `http://localhost:${told.port}/`
const RS256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
const OAEP = { name: 'RSA-OAEP', hash: 'SHA-256' }
const signing = { ...(await newKey(RS256, ['sign', 'verify'])), kid: 'signs' }
const opening = { ...(await newKey(OAEP, ['encrypt', 'decrypt'])), kid: 'opens', alg: 'RSA-OAEP-256' }
const responseType = metadata.response_types[0]
const config = await openid.dynamicClientRegistration(new URL(told.issuer), {
  redirect_uris: [`${ownUrl}callback`],
  post_logout_redirect_uris: [`${ownUrl}bye`],
  jwks: { keys: [await jwk(signing, 'sig', 'RS256'), await jwk(opening, 'enc', opening.alg)] },
  ...metadata,
}, clientAuth(), {
  initialAccessToken: told.registration_token,
  execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks, ...asRegistered()],
})
const logoutKeys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri))
const heard = []
let asked
let tokens

async function newKey(algorithm, uses) {
  const size = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }
  const { privateKey: key, publicKey } = await crypto.subtle.generateKey({ ...algorithm, ...size }, true, uses)
  return { key, publicKey }
}

async function jwk({ publicKey, kid }, use, alg) {
  return { ...(await exportJWK(publicKey)), kid, use, alg }
}

function clientAuth() {
  if (metadata.token_endpoint_auth_method !== 'private_key_jwt') return openid.ClientSecretBasic()
  return openid.PrivateKeyJwt({ key: signing.key, kid: signing.kid })
}

function* asRegistered() {
  if (responseType === 'code id_token') yield openid.useCodeIdTokenResponseType
  if (responseType === 'id_token') yield openid.useIdTokenResponseType
  if (metadata.id_token_encrypted_response_alg) {
    yield (each) => openid.enableDecryptingResponses(each, undefined, { key: opening.key, alg: opening.alg, kid: opening.kid })
  }
}

async function authorizationUrl() {
  asked = { verifier: openid.randomPKCECodeVerifier(), nonce: openid.randomNonce(), state: openid.randomState() }
  const parameters = {
    redirect_uri: `${ownUrl}callback`,
    scope: 'openid email',
    nonce: asked.nonce,
    state: asked.state,
    ...(responseType !== 'id_token' && {
      code_challenge: await openid.calculatePKCECodeChallenge(asked.verifier),
      code_challenge_method: 'S256',
    }),
    ...(told.response_mode && { response_mode: told.response_mode }),
  }
  if (!metadata.request_object_signing_alg) return openid.buildAuthorizationUrl(config, parameters)
  const url = await openid.buildAuthorizationUrlWithJAR(config, parameters, { key: signing.key, kid: signing.kid })
  // OpenID Connect Core §6.1 wants these outside of the object, too
  url.searchParams.set('response_type', responseType)
  url.searchParams.set('scope', parameters.scope)
  return url
}

async function answered(answer) {
  if (responseType === 'id_token') {
    return { claims: await openid.implicitAuthentication(config, answer, asked.nonce, { expectedState: asked.state }) }
  }
  tokens = await openid.authorizationCodeGrant(config, answer, {
    pkceCodeVerifier: asked.verifier,
    expectedNonce: asked.nonce,
    expectedState: asked.state,
    idTokenExpected: true,
  })
  const userinfo = await openid.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
  const id_token_parts = tokens.id_token.split('.').length
  return { claims: tokens.claims(), userinfo, id_token_parts }
}

async function verified(logoutToken) {
  const { client_id } = config.clientMetadata()
  const { issuer } = config.serverMetadata()
  const { payload } = await jwtVerify(logoutToken, logoutKeys, { issuer, audience: client_id, typ: 'logout+jwt' })
  if (!payload.events['http://schemas.openid.net/event/backchannel-logout']) throw new Error('no logout token')
  if ('nonce' in payload) throw new Error('a nonce')
  return payload
}

const pages = {
  async login(_url, response) {
    response.writeHead(302, { location: (await authorizationUrl()).href }).end()
  },
  async callback(url, response, body) {
    if (told.response_mode === 'form_post' && body) {
      const posted = new Request(url, { method: 'POST', body: new URLSearchParams(body) })
      return answered(posted)
    }
    if (url.searchParams.size) return answered(url)
    // The fragment stays in the browser: its script sends it on
    html(response, "<script>location = '/fragment?' + location.hash.slice(1)</script>")
  },
  async fragment(url) {
    return answered(new URL(`${ownUrl}callback#${url.search.slice(1)}`))
  },
  async logout(_url, response) {
    const parameters = { id_token_hint: tokens.id_token, post_logout_redirect_uri: `${ownUrl}bye`, state: 's1' }
    response.writeHead(302, { location: openid.buildEndSessionUrl(config, parameters).href }).end()
  },
  async framed(url) {
    heard.push({ by: 'frame', ...Object.fromEntries(url.searchParams) })
    return {}
  },
  async backchannel(_url, _response, body) {
    heard.push({ by: 'server', ...(await verified(new URLSearchParams(body).get('logout_token'))) })
    return {}
  },
  async bye(url) {
    return { state: url.searchParams.get('state'), heard }
  },
  async heard() {
    return { heard }
  },
}

function html(response, content) {
  response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>An app</title>${content}`)
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

createServer(async (request, response) => {
  const url = new URL(request.url, ownUrl)
  const page = pages[url.pathname.slice(1)]
  if (!page) return answer(response, 404, {})
  let sent = ''
  for await (const part of request) sent += part
  try {
    const body = await page(url, response, sent)
    if (body) answer(response, 200, body)
  } catch (error) {
    answer(response, 500, { error: error.error ?? error.code ?? error.message, detail: String(error.cause ?? error) })
  }
}).listen(told.port, '127.0.0.1', () => console.log('listening'))
