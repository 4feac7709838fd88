import RoostCommands

/// The command `roost`: see ``RoostTool``.
@main struct RoostMain {
    static func main() async {
        await RoostTool.main()
    }
}
