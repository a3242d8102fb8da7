"""The same route on aiohttp and uvloop: aiohttp_server.py first|parks prints its port."""
import asyncio
import sys

import uvloop
from aiohttp import web


async def hello(request):
    if sys.argv[1] == "parks":
        await asyncio.sleep(0)
    return web.Response(text="hello")


async def main():
    app = web.Application()
    app.router.add_get("/", hello)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


uvloop.install()
asyncio.run(main())
