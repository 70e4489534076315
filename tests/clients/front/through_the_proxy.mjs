// For Node before 22.21, which does not obey HTTPS_PROXY by itself: `node --import ./through_the_proxy.mjs program.mjs` leads
// what a program calls by fetch (undici) and by the modules http and https (global-agent) through the proxy.
import { bootstrap } from 'global-agent';
import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici';

setGlobalDispatcher(new EnvHttpProxyAgent());
bootstrap({ environmentVariableNamespace: '' });
