// A resource server's check of access tokens, by jose or by jsonwebtoken and jwks-rsa, from the JWKS alone.
// {library, issuer, jwks_uri, algorithms, port}; POST {token, audience, now?} gives {claims} or {refused}.
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import jwksRsa from 'jwks-rsa'

const told = JSON.parse(process.argv[2])
const { issuer, algorithms } = told

const libraries = {
  jose() {
    // An emergency rotation is known at once only to who asks at once; by itself jose waits 30 s between two questions
    const keys = createRemoteJWKSet(new URL(told.jwks_uri), { cooldownDuration: 0 })
    return async ({ token, audience, now }) => {
      const currentDate = now ? new Date(now * 1000) : undefined
      const { payload } = await jwtVerify(token, keys, { issuer, audience, algorithms, typ: 'at+jwt', currentDate })
      return payload
    }
  },
  jsonwebtoken() {
    const keys = jwksRsa({ jwksUri: told.jwks_uri })
    const getKey = (header, done) => keys.getSigningKey(header.kid).then((key) => done(null, key.getPublicKey()), done)
    return ({ token, audience, now }) => new Promise((resolve, reject) => {
      const options = { issuer, audience, algorithms, clockTimestamp: now }
      jsonwebtoken.verify(token, getKey, options, (error, claims) => (error ? reject(error) : resolve(claims)))
    })
  },
}

const verify = libraries[told.library]()

createServer(async (request, response) => {
  const sent = JSON.parse(await text(request))
  const answer = await verify(sent).then((claims) => ({ claims }), (error) => ({ refused: error.code ?? error.message }))
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}).listen(told.port, '127.0.0.1', () => console.log('listening'))
