import ArgumentParser
import RoostCore
import Testing

@testable import RoostCommands

@Suite struct WorkerCommandTests {
    private func options(_ arguments: String...) throws -> WorkerOptions {
        try WorkerCommand<TestApp>.parse(arguments).options()
    }

    @Test("without options the application's hold")
    func defaults() throws {
        let options = try options()
        #expect(options.concurrency == 3)
        #expect(options.queues == ["a", "b"])
        #expect(options.grace == .seconds(7))
    }

    @Test("options of the command line hold before the application's")
    func overrides() throws {
        let options = try options(
            "--concurrency",
            "9",
            "--slots",
            "threads",
            "--queue",
            "x",
            "--queue",
            "y",
            "--grace",
            "1.5",
            "--lease",
            "1m",
            "--poll",
            "250ms",
            "--name",
            "w",
            "--capture-stacks"
        )
        #expect(options.concurrency == 9)
        #expect(options.slots == .threads)
        #expect(options.queues == ["x", "y"])
        #expect(options.grace == .milliseconds(1500))
        #expect(options.lease == .seconds(60))
        #expect(options.heartbeat == .seconds(20))
        #expect(options.pollInterval == .milliseconds(250))
        #expect(options.name == "w")
        #expect(options.capturesStacks)
    }

    @Test(
        "what cannot be meant is a usage error",
        arguments: [
            ["--concurrency", "0"], ["--concurrency", "many"], ["--slots", "greenlet"], ["--grace", "5x"],
            ["--lease", "1ms"], ["--queue", ""], ["--queue", "a", "--queue", "a"], ["--log-level", "loud"],
            ["--log-format", "xml"], ["--frobnicate"],
        ]
    )
    func refuses(arguments: [String]) async {
        let result = await TestCommandLine(TestApp.self, store: "memory:").run(["worker"] + arguments)
        #expect(result.status == 64)
        #expect(!result.errors.isEmpty)
        #expect(result.output.isEmpty)
    }

    @Test("a program without jobs says how to make one that has them")
    func noJobs() async {
        let result = await TestCommandLine(RoostTool.self, store: "memory:")("worker")
        #expect(result.status == 1)
        #expect(result.errors.contains("@main struct App: RoostApp"))
    }

    @Test("a log file that cannot be opened ends the worker before it starts")
    func logFile() async {
        let result = await TestCommandLine(TestApp.self, store: "memory:")("worker", "--log-file", "/nowhere/x.log")
        #expect(result.status == 1)
        #expect(result.errors.contains("/nowhere/x.log"))
    }

    @Test("each command has its help")
    func help() async {
        let run = TestCommandLine(TestApp.self)
        for result in [await run(), await run("--help"), await run("worker", "--help"), await run("help", "job")] {
            #expect(result.status == 0)
            #expect(result.output.contains("USAGE:"))
        }
        #expect(await run("--version").output.contains(roostVersion))
        #expect(await run("frobnicate").status == 64)
    }
}
