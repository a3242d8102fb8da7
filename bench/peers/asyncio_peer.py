"""asyncio, on its own loop or on uvloop: the programs of shapes.ts.

asyncio_peer.py asyncio|uvloop SHAPE WARM_UP ENOUGH prints {"median": ns, "fast": ns}; milliseconds are given.
asyncio_peer.py asyncio|uvloop every runs each of them once.
asyncio_peer.py asyncio|uvloop asleep COUNT prints what so many sleeping tasks cost.
"""
import asyncio
import gc
import json
import sys
import time

SWITCHING, TURNS, HANDED, CREATED, LOCKED, CANCELLED, JOBS, AT_ONCE = 1_000, 20, 10_000, 5_000, 20_000, 1_000, 2_000, 8


async def switch():
    async def turns():
        for _ in range(TURNS):
            await asyncio.sleep(0)

    for task in [asyncio.create_task(turns()) for _ in range(SWITCHING)]:
        await task


async def hand_off():
    loop = asyncio.get_running_loop()
    there, back = loop.create_future(), loop.create_future()

    async def other():
        nonlocal there
        for _ in range(HANDED // 2):
            await there
            there = loop.create_future()
            back.set_result(None)

    task = asyncio.create_task(other())
    for _ in range(HANDED // 2):
        there.set_result(None)
        await back
        back = loop.create_future()
    await task


async def create():
    async def one():
        return 1

    for _ in range(CREATED):
        await asyncio.create_task(one())


async def queue():
    there, back = asyncio.Queue(), asyncio.Queue()

    async def other():
        for _ in range(HANDED // 2):
            await back.put(await there.get())

    task = asyncio.create_task(other())
    for i in range(HANDED // 2):
        await there.put(i)
        await back.get()
    await task


async def lock():
    one = asyncio.Lock()
    for _ in range(LOCKED):
        await one.acquire()
        one.release()


async def cancel():
    ended = 0

    async def parked():
        nonlocal ended
        try:
            await asyncio.Event().wait()
        finally:
            ended += 1

    tasks = [asyncio.create_task(parked()) for _ in range(CANCELLED)]
    await asyncio.sleep(0)
    start = time.perf_counter()
    for task in tasks:
        task.cancel()
    while ended < CANCELLED:
        await asyncio.sleep(0)
    return time.perf_counter() - start


async def jobs():
    places = asyncio.Semaphore(AT_ONCE)

    async def job():
        async with places:
            await asyncio.sleep(0)

    for task in [asyncio.create_task(job()) for _ in range(JOBS)]:
        await task


SHAPES = {
    "switch": (switch, SWITCHING * TURNS),
    "hand-off": (hand_off, HANDED),
    "create": (create, CREATED),
    "queue": (queue, HANDED),
    "lock": (lock, LOCKED),
    "cancel": (cancel, CANCELLED),
    "jobs": (jobs, JOBS),
}


async def measure(shape, warm_up, enough):
    program, operations = SHAPES[shape]

    async def during(milliseconds):
        samples = []
        begin = time.perf_counter()
        while len(samples) < 3 or (time.perf_counter() - begin) * 1e3 < milliseconds:
            start = time.perf_counter()
            part = await program()
            took = time.perf_counter() - start if part is None else part
            samples.append(took * 1e9 / operations)
        return sorted(samples)

    await during(warm_up)
    samples = await during(enough)
    return {"median": samples[len(samples) // 2], "fast": samples[len(samples) // 10]}


def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


async def asleep(count):
    gc.collect()
    before = resident()
    start = time.perf_counter()
    tasks = [asyncio.create_task(asyncio.sleep(3600)) for _ in range(count)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    made = (time.perf_counter() - start) * 1e3
    rss = resident()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return {"made": made, "bytes": (rss - before) / count, "rss": rss, "left": len(asyncio.all_tasks()) - 1}


async def every():
    for program, _ in SHAPES.values():
        await program()
    await asleep(10)


async def main():
    _, _, shape, *rest = sys.argv
    if shape == "every":
        return await every()
    figures = asleep(int(rest[0])) if shape == "asleep" else measure(shape, *map(float, rest))
    print(json.dumps(await figures))


if sys.argv[1] == "uvloop":
    import uvloop

    uvloop.install()
asyncio.run(main())
